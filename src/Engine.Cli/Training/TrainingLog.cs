using System.Text.Json;
using Engine.Cli.Commands;
using Engine.Kernels;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>
/// The logs of a training: one JSON object a line, numbers with all their digits. Lines are written as they come.
/// </summary>
/// <remarks>A log that cannot be written any more (a full disk) does not end the training: see <see cref="Failure"/>.</remarks>
internal sealed class TrainingLog(TrainSettings settings) : IDisposable
{
    private readonly JsonLines? _epochs = settings.Log is null ? null : new JsonLines(settings.Log);
    private readonly JsonLines? _steps = settings.LogSteps is null ? null : new JsonLines(settings.LogSteps);

    /// <summary>The first failure to write, if there was one.</summary>
    public FailedException? Failure { get; private set; }

    public void Epoch(EpochReport report) => Write(_epochs, json =>
    {
        json.WriteNumber("epoch", report.Epoch);
        JsonOutput.WriteNumber(json, "loss", report.Loss);
        JsonOutput.WriteNumber(json, "trainAccuracy", report.TrainAccuracy);
        JsonOutput.WriteNumber(json, "testAccuracy", report.Validation?.Accuracy);
        JsonOutput.WriteNumber(json, "testLoss", report.Validation?.Loss);
        JsonOutput.WriteNumber(json, "trainSeconds", report.TrainSeconds);
        JsonOutput.WriteNumber(json, "evalSeconds", report.EvaluationSeconds);
        JsonOutput.WriteNumber(json, "samplesPerSecond", report.SamplesPerSecond);
        JsonOutput.WriteNumber(json, "gflops", report.GigaflopsPerSecond);
        json.WriteNumber("allocatedBytes", report.AllocatedBytes);
        json.WriteNumber("threads", settings.Threads);
        json.WriteNumber("vectorBits", Hardware.VectorBits);
        json.WriteNumber("seed", settings.Seed);
    });

    public void Step(StepReport report) => Write(_steps, json =>
    {
        json.WriteNumber("step", report.Step);
        JsonOutput.WriteNumber(json, "loss", report.Loss);
    });

    public void Dispose()
    {
        _epochs?.Dispose();
        _steps?.Dispose();
    }

    private void Write(JsonLines? file, Action<Utf8JsonWriter> writeMembers)
    {
        if (file is null || Failure is not null)
        {
            return;
        }
        try
        {
            file.Write(writeMembers);
        }
        catch (FailedException exception)
        {
            Failure = exception;
        }
    }
}
