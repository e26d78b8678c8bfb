using System.Buffers.Binary;
using Engine.Kernels;

namespace Engine.Tests.Cli;

/// <summary>A small data set in the layout of MNIST: bright pixels in the row of the label, a little noise.</summary>
internal static class TinyData
{
    public const int Side = 6;
    public const int Classes = 6;

    /// <summary>Writes the data set; a noise of 1 leaves all but the bright pixels zero.</summary>
    public static string Write(string folder, int training = 240, int test = 60, int side = Side, int noise = 40)
    {
        Directory.CreateDirectory(folder);
        var random = new SplitMix64(5);
        Write(folder, "train", training, side, noise, ref random);
        Write(folder, "t10k", test, side, noise, ref random);
        return folder;
    }

    private static void Write(string folder, string name, int count, int side, int noise, ref SplitMix64 random)
    {
        byte[] images = Header(2051, count, side, side);
        byte[] labels = Header(2049, count);
        int imageStart = images.Length;
        int labelStart = labels.Length;
        Array.Resize(ref images, imageStart + (count * side * side));
        Array.Resize(ref labels, labelStart + count);
        for (int i = 0; i < count; i++)
        {
            int label = random.NextInt(Classes);
            labels[labelStart + i] = (byte)label;
            for (int pixel = 0; pixel < side * side; pixel++)
            {
                bool bright = pixel / side == label;
                images[imageStart + (i * side * side) + pixel] = (byte)(bright ? 200 + random.NextInt(56) : random.NextInt(noise));
            }
        }
        File.WriteAllBytes(Path.Combine(folder, $"{name}-images-idx3-ubyte"), images);
        File.WriteAllBytes(Path.Combine(folder, $"{name}-labels.idx1-ubyte"), labels);
    }

    private static byte[] Header(params int[] numbers)
    {
        byte[] header = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * i), numbers[i]);
        }
        return header;
    }
}
