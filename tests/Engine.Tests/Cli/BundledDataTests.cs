using Engine.Cli;
using NUnit.Framework;

namespace Engine.Tests.Cli;

public sealed class BundledDataTests
{
    [Test]
    public void Read_TestImagesOfAnotherSize_AreRefused()
    {
        using var folder = new TemporaryFolder();
        string data = TinyData.Write(folder.File("six"));
        string images = Path.GetFileName(BundledData.Files(data).Single(file => file.Contains("t10k-images", StringComparison.Ordinal)));
        File.Copy(Path.Combine(TinyData.Write(folder.File("seven"), side: 7), images), Path.Combine(data, images), overwrite: true);

        Assert.That(
            () => BundledData.Read(data),
            Throws.TypeOf<UsageException>().With.Message.EqualTo($"{data}: expected test images of 6 x 6 pixels, as for training; found 7 x 7."));
    }
}
