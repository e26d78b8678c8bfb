using System.IO.Compression;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Data;

namespace Engine.Benchmarks.Suite;

/// <summary>Reading MNIST: four gzipped files, 55 MB once unpacked.</summary>
/// <remarks>
/// The baseline unpacks one file after another and checks nothing. Pixels and labels must be those of MNIST, by their SHA-256.
/// The system has the files in memory, so this times unpacking, not a disk.
/// </remarks>
[MemoryDiagnoser]
[BenchmarkCategory("Load")]
[Config(typeof(Columns))]
public class LoadBenchmark
{
    /// <summary>SHA-256 of training pixels, training labels, test pixels and test labels, one after another.</summary>
    private const string ExpectedHash = "06B0D1F124C4E5FA796686ADE41A9B778EDACC8622F2195A352EF479AD44FC16";

    private const int Images = 70_000;
    private const int ImageHeader = 16;
    private const int LabelHeader = 8;
    private const int BytesPerImage = (28 * 28) + 1;

    private IReadOnlyList<string> _files = [];
    private byte[][] _unpacked = [];
    private ImageDataset? _training;
    private ImageDataset? _test;

    /// <summary>Finds the files.</summary>
    [GlobalSetup]
    public void Setup() => _files = MnistFolder.Find(SeedNetwork.DataFolder);

    /// <summary>One file after another into arrays of bytes.</summary>
    [Benchmark(Baseline = true)]
    public void Plain()
    {
        _training = null;
        _unpacked = [Unpack(_files[0]), Unpack(_files[1]), Unpack(_files[2]), Unpack(_files[3])];
    }

    /// <summary>The engine.</summary>
    [Benchmark]
    public void Engine() => (_training, _test) = MnistFolder.Read(SeedNetwork.DataFolder);

    /// <summary>Verifies what the last timed operation read.</summary>
    [GlobalCleanup]
    public void VerifyResult()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (_training is not null)
        {
            hash.AppendData(_training.Pixels);
            hash.AppendData(_training.Labels);
            hash.AppendData(_test!.Pixels);
            hash.AppendData(_test.Labels);
        }
        else
        {
            for (int i = 0; i < _unpacked.Length; i++)
            {
                hash.AppendData(_unpacked[i].AsSpan(i % 2 == 0 ? ImageHeader : LabelHeader));
            }
        }
        Verify.Same(ExpectedHash, Convert.ToHexString(hash.GetHashAndReset()), "pixels and labels");
    }

    private static byte[] Unpack(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var memory = new MemoryStream();
        gzip.CopyTo(memory);
        return memory.ToArray();
    }

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(new RateColumn("MB/s", "Millions of unpacked bytes a second", _ => 1e3 * Images * BytesPerImage, "F0"));
    }
}
