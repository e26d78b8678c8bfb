using Engine.Data;

namespace Engine.Cli;

/// <summary>Where the commands find their data: a folder that was named, or the MNIST that lies beside the program.</summary>
internal static class BundledData
{
    public static string Folder(string? named) => !File.Exists(named)
        ? named ?? Path.Combine(AppContext.BaseDirectory, "data", "mnist")
        : throw new UsageException($"{named}: expected a folder with the four IDX files of MNIST; found a file.");

    /// <summary>All names of files that would be read as data, whether they are there or not.</summary>
    public static IEnumerable<string> Files(string? named) => MnistFolder.FileNames.Select(name => Path.Combine(Folder(named), name));

    /// <summary>Test images, one at least.</summary>
    public static ImageDataset ReadTest(string? named)
    {
        string folder = Folder(named);
        ImageDataset test = MnistFolder.ReadTest(folder);
        return test.Count > 0 ? test : throw new UsageException($"{folder}: expected test images; found none.");
    }

    /// <summary>Training images, one at least, and test images; test labels must be among the classes of the training labels.</summary>
    public static (ImageDataset Training, ImageDataset Test) Read(string? named)
    {
        string folder = Folder(named);
        (ImageDataset training, ImageDataset test) = MnistFolder.Read(folder);
        if (training.Count == 0)
        {
            throw new UsageException($"{folder}: expected training images; found none.");
        }
        return (training, test);
    }
}
