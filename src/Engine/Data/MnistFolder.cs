using Engine.Formats;
using Engine.Threads;

namespace Engine.Data;

/// <summary>
/// A folder in the layout of MNIST: training and test images and their labels, four IDX files.
/// </summary>
/// <remarks>
/// File names are <c>train-images</c>, <c>train-labels</c>, <c>t10k-images</c> and <c>t10k-labels</c>, each followed by
/// <c>-idx3-ubyte</c> or <c>.idx3-ubyte</c> (<c>idx1</c> for labels), plain or with <c>.gz</c>. Fashion-MNIST, KMNIST and
/// others use the same.
/// </remarks>
public static class MnistFolder
{
    private static readonly string[] Parts = ["train-images", "train-labels", "t10k-images", "t10k-labels"];

    /// <summary>All names that one of the four files may have.</summary>
    public static IReadOnlyList<string> FileNames { get; } = [.. Parts.SelectMany(NamesOf)];

    /// <summary>The four files of a folder: training images, training labels, test images, test labels.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">One of the four is missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: expected a folder with the four IDX files of MNIST; found no such folder.");
        }
        return [.. Parts.Select(part => FindPart(folder, part))];
    }

    /// <summary>Reads the training and the test images and their labels, on two threads: most of the time goes into decompression.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Both; the test labels are among the classes of the training labels, if there are any.</returns>
    /// <exception cref="InvalidFileException">A file is damaged, cut short, or of another kind, the test images have another size, or the test labels other classes.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static (ImageDataset Training, ImageDataset Test) Read(string folder)
    {
        IReadOnlyList<string> files = Find(folder);
        ImageDataset? training = null;
        ImageDataset? test = null;
        using var team = new WorkerTeam(2);
        team.Run(worker =>
        {
            if (worker == 0)
            {
                training = IdxReader.Read(files[0], files[1]);
            }
            else
            {
                test = IdxReader.Read(files[2], files[3]);
            }
        });
        if (training!.Count > 0 && test!.Count > 0 && (test.Rows, test.Columns) != (training.Rows, training.Columns))
        {
            throw new InvalidFileException(files[2], $"images of {training.Rows} x {training.Columns} pixels, as {files[0]} has", $"{test.Rows} x {test.Columns}");
        }
        if (training.Count > 0)
        {
            IdxReader.CheckLabels(test!.Labels, files[3], training.Classes);
        }
        return (training, test!);
    }

    /// <summary>Reads the training images and labels of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidFileException">A file is damaged, cut short, or of another kind.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ImageDataset ReadTraining(string folder)
    {
        IReadOnlyList<string> files = Find(folder);
        return IdxReader.Read(files[0], files[1]);
    }

    /// <summary>Reads the test images and labels of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="classes">Labels must be below this: the classes of the training data or the outputs of the network to test.</param>
    /// <inheritdoc cref="ReadTraining"/>
    public static ImageDataset ReadTest(string folder, int classes = IdxReader.MaximumClasses)
    {
        IReadOnlyList<string> files = Find(folder);
        return IdxReader.Read(files[2], files[3], classes);
    }

    private static string FindPart(string folder, string part)
    {
        string[] names = NamesOf(part);
        if (names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }

        // A folder that may not be looked into has no files either, as it seems: then this says why.
        _ = Directory.EnumerateFileSystemEntries(folder).Any();
        throw new FileNotFoundException($"{folder}: expected {string.Join(" or ", names)}; found none of them.", Path.Combine(folder, names[0]));
    }

    private static string[] NamesOf(string part)
    {
        string kind = part.EndsWith("images", StringComparison.Ordinal) ? "idx3-ubyte" : "idx1-ubyte";
        return [$"{part}-{kind}", $"{part}.{kind}", $"{part}-{kind}.gz", $"{part}.{kind}.gz"];
    }
}
