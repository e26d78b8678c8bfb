using Engine.Cli.Commands;
using Engine.Kernels;
using Engine.Training;

namespace Engine.Cli.Training;

/// <summary>
/// The logs of a training: one JSON object a line, numbers with all their digits. Lines are written as they come.
/// </summary>
/// <remarks>A log that cannot be written any more (a full disk) ends neither the training nor the other log: see <see cref="Failures"/>.</remarks>
internal sealed class TrainingLog(TrainSettings settings) : IDisposable
{
    private readonly JsonLines? _epochs = settings.Log is null ? null : new JsonLines(settings.Log);
    private readonly JsonLines? _steps = settings.LogSteps is null ? null : new JsonLines(settings.LogSteps);

    /// <summary>Why logs are not complete.</summary>
    public IEnumerable<string> Failures => Files.Select(file => file.Failure).OfType<string>();

    /// <summary>The files that have lines, all there are.</summary>
    public IEnumerable<string> Written => Files.Where(file => file is { HasLines: true, Failure: null }).Select(file => file.Path);

    private IEnumerable<JsonLines> Files => new[] { _epochs, _steps }.OfType<JsonLines>();

    public void Epoch(EpochReport report) => _epochs?.Write(json =>
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

    public void Step(StepReport report) => _steps?.Write(json =>
    {
        json.WriteNumber("step", report.Step);
        JsonOutput.WriteNumber(json, "loss", report.Loss);
    });

    public void Dispose()
    {
        _epochs?.Dispose();
        _steps?.Dispose();
    }
}
