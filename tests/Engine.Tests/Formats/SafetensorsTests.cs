using System.Buffers.Binary;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Engine.Data;
using Engine.Formats;
using Engine.Layers;
using Engine.Networks;
using NUnit.Framework;

namespace Engine.Tests.Formats;

public sealed class SafetensorsTests
{
    private const string OfTensor = "of tensor 0.weight: text and two lists of whole numbers";

    private TemporaryFolder _folder = null!;

    private string ModelFile => _folder.File("model.safetensors");

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("784 -> Dense 100 -> ReLU -> Dense 200 -> ReLU -> Dense 10")]
    [TestCase("1 -> Dense 1")]
    [TestCase("5 -> Tanh -> Dense 3 -> LeakyReLU 0.125 -> Dense 17 -> Sigmoid -> Dense 2 -> Softmax")]
    [TestCase("2 -> Dense 1 -> BinaryStep")]
    public void SaveThenLoad_AnyNetwork_GivesTheSameBits(string description)
    {
        var network = new Network(NetworkDescription.Parse(description), new InitializationOptions { Seed = 3 });
        Safetensors.Save(network, ModelFile);
        Network loaded = Safetensors.Load(ModelFile);

        Assert.That(loaded.Description, Is.EqualTo(network.Description));
        foreach ((Dense expected, Dense found) in network.DenseLayers.Zip(loaded.DenseLayers))
        {
            Assert.That(found.Weights.ToArray(), Is.EqualTo(expected.Weights.ToArray()));
            Assert.That(found.Bias.ToArray(), Is.EqualTo(expected.Bias.ToArray()));
        }
    }

    [Test]
    public void Save_TwoLayers_FollowsPyTorchsConvention()
    {
        var network = new Network(NetworkDescription.Parse("3 -> Dense 2 -> ReLU -> Dense 1"));
        network.DenseLayers[0].SetParameters([1, 2, 3, 4, 5, 6], [7, 8]);
        network.DenseLayers[1].SetParameters([9, 10], [11]);
        Safetensors.Save(network, ModelFile);

        byte[] bytes = File.ReadAllBytes(ModelFile);
        int headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        JsonElement header = JsonDocument.Parse(bytes.AsMemory(8, headerLength)).RootElement;
        Assert.That(headerLength % 8, Is.Zero);
        Assert.That(header.EnumerateObject().Select(entry => entry.Name), Is.EquivalentTo(new[] { "__metadata__", "0.weight", "0.bias", "2.weight", "2.bias" }));
        Assert.That(header.GetProperty("__metadata__").EnumerateObject().Select(entry => entry.Value.ValueKind), Is.All.EqualTo(JsonValueKind.String));
        Assert.That(Tensor(bytes, headerLength, header, "0.weight", 2, 3), Is.EqualTo(new float[] { 1, 3, 5, 2, 4, 6 }), "outputs x inputs");
        Assert.That(Tensor(bytes, headerLength, header, "0.bias", 2), Is.EqualTo(new float[] { 7, 8 }));
        Assert.That(Tensor(bytes, headerLength, header, "2.weight", 1, 2), Is.EqualTo(new float[] { 9, 10 }));
        Assert.That(Tensor(bytes, headerLength, header, "2.bias", 1), Is.EqualTo(new float[] { 11 }));
    }

    [Test]
    public void Load_WithoutMetadata_IsDenseLayersWithReluBetween()
    {
        Write("""{"0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"2.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[32,40]},"2.bias":{"dtype":"F32","shape":[1],"data_offsets":[40,44]}}""", 44);
        Assert.That(Safetensors.Load(ModelFile).Description.ToString(), Is.EqualTo("3 -> Dense 2 -> ReLU -> Dense 1"));
    }

    [TestCase("", 0, TestName = "Load_EmptyHeader_Throws")]
    [TestCase("[]", 0, TestName = "Load_HeaderIsAnArray_Throws")]
    [TestCase("{\"0.weight\":", 0, TestName = "Load_HeaderIsCutShort_Throws")]
    [TestCase("{}", 0, TestName = "Load_NoTensor_Throws")]
    [TestCase("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_NameIsNoText_Throws")]
    [TestCase("{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0, TestName = "Load_MetadataIsNoText_Throws")]
    [TestCase("{\"0.weight\":5}", 0, TestName = "Load_TensorIsANumber_Throws")]
    [TestCase("{\"__metadata__\":7}", 0, TestName = "Load_MetadataIsANumber_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F16\",\"shape\":[1,1],\"data_offsets\":[0,2]}}", 2, TestName = "Load_HalfPrecision_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1]}}", 4, TestName = "Load_NoOffsets_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,8]}}", 8, TestName = "Load_DataLongerThanShape_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_NegativeShape_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,0]}}", 0, TestName = "Load_ShapeThatOverflows_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,6]}}", 6, TestName = "Load_FractionalShape_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_GapBeforeData_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_OverlappingTensors_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_TensorTwice_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_NoBias_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 12, TestName = "Load_BytesAfterTheData_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 4, TestName = "Load_DataCutShort_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, TestName = "Load_BiasOfAnotherSize_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},\"extra\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", 12, TestName = "Load_ExtraTensor_Throws")]
    [TestCase("{\"1.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_FirstLayerIsNot0_Throws")]
    [TestCase("{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4, TestName = "Load_OtherNames_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[0,0]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, TestName = "Load_EmptyLayer_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"2.weight\":{\"dtype\":\"F32\",\"shape\":[2147483647,0],\"data_offsets\":[4,4]}}", 4, TestName = "Load_LayerWiderThanAny_Throws")]
    [TestCase("{\"__metadata__\":{\"architecture\":\"nonsense\"}}", 0, TestName = "Load_ArchitectureIsNoJson_Throws")]
    [TestCase("{\"__metadata__\":{\"architecture\":\"{\\\"inputs\\\":1,\\\"layers\\\":[{\\\"type\\\":\\\"Conv\\\"}]}\"}}", 0, TestName = "Load_UnknownLayer_Throws")]
    [TestCase("{\"__metadata__\":{\"architecture\":\"{\\\"inputs\\\":2000000000,\\\"layers\\\":[{\\\"type\\\":\\\"Dense\\\",\\\"units\\\":2000000000}]}\"}}", 0, TestName = "Load_ArchitectureLargerThanTheFile_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_OneOffset_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4,8]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_ThreeOffsets_Throws")]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_WeightsOfOneDimension_Throws")]
    [TestCase("{\"__metadata__\":{\"architecture\":\"{\\\"inputs\\\":1,\\\"layers\\\":[{\\\"type\\\":\\\"0\\\",\\\"units\\\":1}]}\"},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, TestName = "Load_LayerByItsNumber_Throws")]
    [TestCase("{\"__metadata__\":{\"architecture\":\"{\\\"inputs\\\":0,\\\"layers\\\":[{\\\"type\\\":\\\"ReLU\\\"}]}\"}}", 0, TestName = "Load_NoInputs_Throws")]
    public void Load_BadFile_Throws(string header, int dataBytes)
    {
        Write(header, dataBytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidFileException? exception = Assert.Throws<InvalidFileException>(() => Safetensors.Load(ModelFile));
        Assert.That(exception!.Message, Does.StartWith($"{ModelFile}: expected ").And.Contain("; found "));
        Assert.That(exception.Message, Does.Not.Contain("found Expected").And.Not.Contain("(Parameter"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    /// <summary>It is JSON, but not what a header has: the message names the tensor.</summary>
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,9223372036854775808]}}", OfTensor)]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}", OfTensor)]
    [TestCase("{\"0.weight\":{\"dtype\":5,\"shape\":[1,1],\"data_offsets\":[0,4]}}", OfTensor)]
    [TestCase("{\"0.weight\":{\"dtype\":\"F32\",\"shape\":{},\"data_offsets\":[0,4]}}", OfTensor)]
    [TestCase("{\"0.weight\":null}", OfTensor)]
    [TestCase("{\"__metadata__\":[]}", "__metadata__ that is a JSON object; found Array")]
    [TestCase("{\"__metadata__\":{\"format\":1}}", "text as format of __metadata__; found Number")]
    public void Load_HeaderOfOtherValues_NamesThem(string header, string expected)
    {
        Write(header, 4);
        Assert.That(() => Safetensors.Load(ModelFile), Throws.TypeOf<InvalidFileException>().With.Message.Contains(expected).And.Message.Not.Contain("in JSON"));
    }

    [Test]
    public void Load_WithoutMetadata_TakesLayersByNumberAndNotByName()
    {
        // Six of them: by name 10.weight would come before 2.weight.
        int[] widths = [2, 3, 4, 5, 6, 7, 8];
        (string Name, int[] Shape)[] tensors =
        [
            .. Enumerable.Range(0, widths.Length - 1).SelectMany(i => new (string, int[])[] { ($"{2 * i}.weight", [widths[i + 1], widths[i]]), ($"{2 * i}.bias", [widths[i + 1]]) }),
        ];
        byte[] header = SafetensorsHeader.Write(new Dictionary<string, string>(), tensors);
        Write(Encoding.UTF8.GetString(header), sizeof(float) * tensors.Sum(tensor => tensor.Shape.Aggregate((a, b) => a * b)));
        Assert.That(Safetensors.Load(ModelFile).Description, Is.EqualTo(NetworkDescription.Chain(widths, LayerDescription.ReLU)));
    }

    [Test]
    public void Load_HeaderLongerThanItMayBe_IsRefusedBeforeMemoryIsTaken()
    {
        using (FileStream stream = File.Create(ModelFile))
        {
            stream.Write(BitConverter.GetBytes(100_000_001L));
            stream.SetLength(200_000_000);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Safetensors.Load(ModelFile), Throws.InstanceOf<InvalidFileException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void Load_TensorOf2GigabytesAndMore_IsCheckedLikeOthers()
    {
        // Only the header: what is wrong with the file is that its data are missing, not that they are as long as the shape says.
        Write("""{"0.weight":{"dtype":"F32","shape":[16384,32768],"data_offsets":[0,2147483648]},"0.bias":{"dtype":"F32","shape":[16384],"data_offsets":[2147483648,2147549184]}}""", 0);
        Assert.That(() => Safetensors.Load(ModelFile), Throws.InstanceOf<InvalidFileException>().With.Message.Contains("expected 2147549184 bytes of data, as the header says; found 0 bytes"));
    }

    [Test]
    public void Load_AnyPrefixOfAFile_ThrowsAndNothingElse()
    {
        Safetensors.Save(new Network(NetworkDescription.Parse("3 -> Dense 2 -> ReLU -> Dense 1")), ModelFile);
        byte[] bytes = File.ReadAllBytes(ModelFile);
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(ModelFile, bytes[..length]);
            Assert.Throws<InvalidFileException>(() => Safetensors.Load(ModelFile), $"{length} bytes");
        }
    }

    [Test]
    public void Load_AnyByteOfTheHeaderChanged_ThrowsOrLoads()
    {
        Safetensors.Save(new Network(NetworkDescription.Parse("3 -> Dense 2 -> ReLU -> Dense 1")), ModelFile);
        byte[] bytes = File.ReadAllBytes(ModelFile);
        int headerEnd = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        int rejected = 0;
        for (int i = 0; i < headerEnd; i++)
        {
            foreach (byte flip in new byte[] { 1, 0x10, 0x80 })
            {
                byte[] damaged = [.. bytes];
                damaged[i] ^= flip;
                File.WriteAllBytes(ModelFile, damaged);
                try
                {
                    Safetensors.Load(ModelFile);
                }
                catch (InvalidFileException)
                {
                    rejected++;
                }
            }
        }
        Assert.That(rejected, Is.GreaterThan(headerEnd), "most changes make the header invalid");
    }

    [Test]
    public void Load_HeaderLengthBeyondTheFile_ThrowsWithoutTakingMemory()
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(ModelFile, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidFileException>(() => Safetensors.Load(ModelFile));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    /// <summary>A file of 512 MB that takes no space. Padded to cache lines, its single column of weights would fill 16 times as much, more than one array.</summary>
    [Test]
    public void Load_LayerThatDoesNotFitOneArray_Throws()
    {
        const long Inputs = 1L << 27;
        Write($$$"""{"0.weight":{"dtype":"F32","shape":[1,{{{Inputs}}}],"data_offsets":[0,{{{4 * Inputs}}}]},"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[{{{4 * Inputs}}},{{{(4 * Inputs) + 4}}}]}}""", 0);
        using (FileStream file = File.OpenWrite(ModelFile))
        {
            file.SetLength(file.Length + (4 * Inputs) + 4);
        }
        Assert.That(() => Safetensors.Load(ModelFile), Throws.InstanceOf<InvalidFileException>().With.Message.Contains("layers that fit one array"));
    }

    [Test]
    [Platform("Linux")]
    public void Load_APipe_SaysSo()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        string path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.That(() => Safetensors.Load(path), Throws.InstanceOf<InvalidFileException>().With.Message.Contains("such as a pipe"));
        Assert.That(() => IdxReader.Read(path, path), Throws.InstanceOf<InvalidFileException>().With.Message.Contains("such as a pipe"));
    }

    [Test]
    public void Load_MissingFile_Throws() => Assert.Throws<FileNotFoundException>(() => Safetensors.Load(ModelFile));

    [Test]
    public void Save_FolderMissing_Throws() =>
        Assert.Throws<DirectoryNotFoundException>(() => Safetensors.Save(new Network(NetworkDescription.Parse("1 -> Dense 1")), _folder.File("no/model.safetensors")));

    [Test]
    public void Save_PathIsAFolder_Throws() =>
        Assert.Throws<IOException>(() => Safetensors.Save(new Network(NetworkDescription.Parse("1 -> Dense 1")), _folder.Path));

    private static float[] Tensor(byte[] bytes, int headerLength, JsonElement header, string name, params int[] shape)
    {
        JsonElement tensor = header.GetProperty(name);
        Assert.That(tensor.GetProperty("dtype").GetString(), Is.EqualTo("F32"));
        Assert.That(tensor.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()), Is.EqualTo(shape));
        int[] offsets = [.. tensor.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32())];
        return [.. Enumerable.Range(0, (offsets[1] - offsets[0]) / 4)
            .Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(8 + headerLength + offsets[0] + (4 * i))))];
    }

    private void Write(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(ModelFile, bytes);
    }
}
