using Engine.Formats;
using Engine.Networks;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Formats;

/// <summary>Networks that are saved to a stream and loaded from one.</summary>
public class SafetensorsStreamTests
{
    private static readonly Network Saved = new(NetworkDescription.Parse("5 -> Dense 3 -> Tanh -> Dense 2"), new InitializationOptions { Seed = 3 });

    [Test]
    public void SaveThenLoad_FromThePositionOn_GivesTheSameBitsAndLeavesTheStreamOpen([Values(0, 5)] int before)
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[before]);
        Safetensors.Save(Saved, stream);
        Assert.That(stream.Position, Is.EqualTo(stream.Length));
        stream.Position = before;
        Network loaded = Safetensors.Load(stream);

        Assert.That(loaded.Description, Is.EqualTo(Saved.Description));
        Assert.That(Parameters.Bits(loaded), Is.EqualTo(Parameters.Bits(Saved)));
        Assert.That(stream.CanRead, "left open");
    }

    [Test]
    public void Save_ToAStream_IsAsToAFile()
    {
        using var folder = new TemporaryFolder();
        using var stream = new MemoryStream();
        Safetensors.Save(Saved, folder.File("model.safetensors"));
        Safetensors.Save(Saved, stream);
        Assert.That(stream.ToArray(), Is.EqualTo(File.ReadAllBytes(folder.File("model.safetensors"))));
    }

    [Test]
    public void Load_CutShortLongerOrNothing_Throws()
    {
        using var stream = new MemoryStream();
        Safetensors.Save(Saved, stream);
        byte[] bytes = stream.ToArray();
        foreach (byte[] content in new[] { bytes[..^1], [.. bytes, 0], [], bytes[..7] })
        {
            using var damaged = new MemoryStream(content);
            Assert.That(() => Safetensors.Load(damaged), Throws.InstanceOf<InvalidFileException>().With.Message.StartsWith("stream: expected "));
        }
        stream.Position = 10 * stream.Length;
        Assert.That(() => Safetensors.Load(stream), Throws.InstanceOf<InvalidFileException>().With.Message.EndsWith("found 0 bytes."));
    }

    [Test]
    public void SaveOrLoad_WithAStreamThatCannotServe_Throws()
    {
        using var readOnly = new MemoryStream([], writable: false);
        using var closed = new MemoryStream();
        closed.Dispose();
        Assert.That(() => Safetensors.Save(Saved, readOnly), Throws.ArgumentException.With.Message.Contains("can be written"));
        Assert.That(() => Safetensors.Load(closed), Throws.ArgumentException.With.Message.Contains("a length and a position"));
        Assert.That(() => Safetensors.Save(Saved, (Stream)null!), Throws.ArgumentNullException);
        Assert.That(() => Safetensors.Save(null!, readOnly), Throws.ArgumentNullException);
        Assert.That(() => Safetensors.Load((Stream)null!), Throws.ArgumentNullException);
    }
}
