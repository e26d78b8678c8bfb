using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Engine.Kernels;
using Engine.Tests.Reference;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// Products with the vectors that this machine would not choose: either of the two kinds that there are, for every loop, bit for bit against the scalar chain.
/// </summary>
/// <remarks>Where the processor has no vectors of 512 bits, the runtime takes two of 256 for each: slow, but the same program.</remarks>
[TestFixture(typeof(Vector<float>))]
[TestFixture(typeof(Vector512<float>))]
public sealed class VectorWidthTests<TVector>
    where TVector : struct
{
    private const int Gap = 3;
    private const float Rate = 0.37f;
    private static readonly float[] Special = [0f, -0f, 1f, -1.5f, 88.7f, -103.2f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, float.MaxValue, float.NaN];
    private static readonly int[] Heights = [1, 2, 5, 6, 7, 13, 16, 33, 64];
    private static readonly int[] Widths = [1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 80, 100, 104, 112, 205];
    private static readonly int[] Depths = [0, 1, 2, 65, 1030];

    [Test]
    public void Count_OfEitherKind_IsThatOfTheVector() =>
        Assert.That(Simd.Count<TVector>(), Is.EqualTo(typeof(TVector) == typeof(Vector512<float>) ? Vector512<float>.Count : Vector<float>.Count));

    [Test]
    public void Operations_OfSpecialNumbers_AreThoseOfTheScalarForm()
    {
        AssertLanes((x, y) => x + y, (x, y) => x + y, "+");
        AssertLanes((x, y) => x - y, (x, y) => x - y, "-");
        AssertLanes((x, _) => -x, (x, _) => -x, "negated");
        AssertLanes((x, y) => x * y, (x, y) => x * y, "*");
        AssertLanes((x, y) => x / y, (x, y) => x / y, "/");
        AssertLanes((x, _) => Simd.Abs(x), (x, _) => MathF.Abs(x), "abs");
        AssertLanes(Simd.CopySign, MathF.CopySign, "sign");
        AssertLanes((x, y) => Simd.FusedMultiplyAdd(x, y, x), (x, y) => MathF.FusedMultiplyAdd(x, y, x), "fma");
        AssertLanes((x, y) => Simd.WhereLess(x, y, x, y), (x, y) => x < y ? x : y, "<");
        AssertLanes((x, y) => Simd.WhereLessOrEqual(x, y, x, y), (x, y) => x <= y ? x : y, "<=");
        AssertLanes((x, _) => x + Simd.Broadcast<TVector>(0.3f), (x, _) => x + 0.3f, "broadcast");
        AssertLanes((x, _) => Simd.AddToBits(x, -12345), (x, _) => Bits(Bits(x) - 12345), "bits added");
        AssertLanes((x, y) => Simd.SubtractBits(x, y), (x, y) => Bits(Bits(x) - Bits(y)), "bits subtracted");
        AssertLanes((x, _) => Simd.ShiftBitsLeft(x, 23), (x, _) => Bits(Bits(x) << 23), "bits to the left");
        AssertLanes((x, _) => Simd.ShiftBitsRight(x, 1), (x, _) => Bits(Bits(x) >> 1), "bits to the right");
    }

    [Test]
    public void Epilogues_OfSpecialNumbers_AreTheirScalarForm()
    {
        AssertEpilogue(default(Plain), (sum, _) => sum, "plain");
        AssertEpilogue(default(Rectify), (sum, _) => ScalarChains.Relu(sum), "rectify");
        AssertEpilogue(default(RectifyGradient), (sum, output) => output <= 0f ? 0f : sum, "gradient of it");
        AssertEpilogue(new Update(Rate), (sum, weight) => MathF.FusedMultiplyAdd(-Rate, sum, weight), "update");
        AssertEpilogue(new LayerUpdate(Rate), (sum, weight) => MathF.FusedMultiplyAdd(-Rate, sum + 0f, weight), "layer update");

        static void AssertEpilogue<TEpilogue>(TEpilogue epilogue, Func<float, float, float> expected, string name)
            where TEpilogue : struct, IEpilogue
        {
            AssertLanes((sum, operand) => TEpilogue.Apply(sum, operand, Simd.Broadcast<TVector>(epilogue.Factor)), expected, name);
            foreach ((float sum, float operand) in Special.SelectMany(sum => Special.Select(operand => (sum, operand))))
            {
                Expect.SameBits([TEpilogue.Apply(sum, operand, epilogue.Factor)], [expected(sum, operand)], $"{name} of {sum} and {operand}, scalar");
            }
        }
    }

    [Test]
    public void Exponential_OfASweep_HasTheBitsOfTheScalarForm()
    {
        float[] x = [.. Enumerable.Range(-1100, 2200).Select(i => i / 10.1f), .. Special];
        AssertMap(new Exp(), [.. x, .. x.Select(value => value * 0.01f)]);
        AssertMap(new ExpMinusOne(), [.. x.Where(value => value is >= -88 and <= 80)]);
    }

    /// <summary>The loops, with lengths from none to several vectors, in place and not.</summary>
    [Test]
    public void Map_OfEveryLength_HasTheBitsOfTheScalarForm()
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] x = [.. Enumerable.Range(0, length).Select(i => i - 20.5f)], y = [.. x.Select(value => value * 3)];
            AssertMap(new Exp(), x);

            float[] expected = [.. x.Zip(y, (a, b) => default(ReluKernel.BackwardOperator).Invoke(a, b))], actual = [.. y];
            Elementwise.Map<TVector, ReluKernel.BackwardOperator>(default, x, actual, actual);
            Expect.SameBits(actual, expected, $"{length} elements");
        }
    }

    [Test]
    public void Pixels_OfEveryLength_AreQuotientsCorrectlyRounded()
    {
        for (int length = 0; length <= 2 * 128; length++)
        {
            byte[] pixels = [.. Enumerable.Range(0, length).Select(i => (byte)(255 - i))];
            float[] scaled = new float[length];

            PixelKernel.Scale<TVector>(pixels, scaled);

            Expect.SameBits(scaled, [.. pixels.Select(value => value / 255f)], $"{length} pixels");
        }
    }

    [Test]
    public void Gemm_OfManyShapes_HasTheBitsOfTheScalarChain([ValueSource(nameof(Depths))] int k, [Values] GemmVariant variant)
    {
        foreach (int m in GemmProblem.HasOneRow(variant) ? [1] : Heights)
        {
            foreach (int n in Widths)
            {
                var problem = new GemmProblem(variant, m, n, k, KernelTestData.Uniform(-1f, 1f, seed: (ulong)(m + n + k)));
                Expect.SameBits(problem.RunLoops<TVector>(), problem.RunChain(), $"{problem}");
            }
        }
    }

    /// <summary>Blocks of rows and of k, and copies of A and of B.</summary>
    [TestCase(GemmVariant.Multiply)]
    [TestCase(GemmVariant.MultiplyTransposedA)]
    [TestCase(GemmVariant.MultiplyTransposedBReluGradient)]
    public void Gemm_OfLargeShapes_HasTheBitsOfTheScalarChain(GemmVariant variant)
    {
        var problem = new GemmProblem(variant, 320, 517, 1100, KernelTestData.Uniform(-1f, 1f));
        Expect.SameBits(problem.RunLoops<TVector>(), problem.RunChain(), $"{problem}");
    }

    [Test]
    public void GemmFewRows_OfManyShapes_HasTheBitsOfTheScalarChain(
        [ValueSource(nameof(Depths))] int k, [Values(GemmVariant.MultiplyTransposedB, GemmVariant.MultiplyTransposedBReluGradient)] GemmVariant variant)
    {
        foreach (int m in Heights)
        {
            foreach (int n in Widths)
            {
                var problem = new GemmProblem(variant, m, n, k, KernelTestData.Uniform(-1f, 1f, seed: (ulong)(m + n + k)));
                Expect.SameBits(problem.RunFewRows<TVector>(), problem.RunChain(), $"{problem}");
            }
        }
    }

    /// <summary>Few steps of k: panels of one to six vectors, with columns left over and without, one block of columns and more.</summary>
    [Test]
    public void GemmFewSteps_OfManyShapes_HasTheBitsOfTheScalarChain(
        [Values(0, 1, 2, 9, 10, 16)] int k, [Values(GemmVariant.MultiplyTransposedB, GemmVariant.MultiplyTransposedBReluGradient)] GemmVariant variant)
    {
        foreach (int m in Heights)
        {
            foreach (int n in Widths.Concat([255, 256, 257, 264, 512, 517]).Where(n => n >= Simd.Count<TVector>()))
            {
                var problem = new GemmProblem(variant, m, n, k, KernelTestData.Uniform(-1f, 1f, seed: (ulong)(m + n + k)));
                Expect.SameBits(problem.RunFewSteps<TVector>(), problem.RunChain(), $"{problem}");
            }
        }
    }

    /// <summary>Two and two vectors may be one of 512 bits, whether the processor is one for which that is faster or not.</summary>
    [Test]
    public void SparseGemm_OfEveryWidthOfAPanel_HasTheBitsOfTheScalarChain([Values(1, 3, 64, 130)] int images, [Values(63, 64, 200)] int inputs)
    {
        var data = new SparseImages(images, inputs, density: 0.3);
        bool[] forms = typeof(TVector) == typeof(Vector<float>) && Vector<float>.Count == 8 ? [false, true] : [false];
        foreach ((int vectors, bool doubled) in Enumerable.Range(1, SparseMicroKernel.MaximumVectors + 1).Append((2 * SparseMicroKernel.MaximumVectors) + 1).SelectMany(vectors => forms.Select(doubled => (vectors, doubled))))
        {
            int n = vectors * Simd.Count<TVector>();
            string context = $"{images} images, {inputs} inputs, {vectors} vectors, doubled: {doubled}";
            Func<float> source = KernelTestData.Uniform(-1f, 1f, seed: (ulong)vectors);
            var weights = new GuardedMatrix(inputs, n, n + Gap, source);
            var bias = new GuardedMatrix(n, source);
            var output = new GuardedMatrix(images, n, n + Gap, source);
            float[] sums = new float[images * n];
            ScalarSparse.MultiplyAddBias(images, n, inputs, data.Values, inputs, weights.Span, weights.Stride, bias.Span, sums, n);
            var bare = new ImageRows(ref data.Pixels[0], inputs, ref PixelKernel.Scaled);
            var inBlocks = new PixelRows(ref data.Blocks.Pixels[0], data.Blocks.RowsBetween, ref PixelKernel.Scaled);
            MatrixRef start = new(ref MemoryMarshal.GetReference(bias.Span), 0);
            ref ulong blockMasks = ref MemoryMarshal.GetReference(data.Blocks.Masks(0, 0, images));
            int words = NonZeroMask.Words(inputs);

            if (inputs < NonZeroMask.WordBits)
            {
                SparseLoops.Run<TVector, SmallImageRows, Plain>(images, n, words, ref data.Masks[0], words, 1, new SmallImageRows(bare), Matrix(weights), start, default, Matrix(output), doubled);
            }
            else
            {
                SparseLoops.Run<TVector, ImageRows, Plain>(images, n, words, ref data.Masks[0], words, 1, bare, Matrix(weights), start, default, Matrix(output), doubled);
            }
            AssertSame(output, sums, context);
            var fromBlocks = new GuardedMatrix(images, n, n + Gap, () => float.NaN);
            SparseLoops.Run<TVector, PixelRows, Plain>(
                images, n, words, ref blockMasks, 1, data.Blocks.RowsBetween, inBlocks, Matrix(weights), start, default, Matrix(fromBlocks), doubled);
            AssertSame(fromBlocks, sums, $"{context}, in blocks");

            // The update of those rows of W that belong to the first word.
            float[] gradient = new float[inputs * n], expected = weights.ToDense();
            ScalarSparse.MultiplyTransposedAAdd(inputs, n, images, data.Values, inputs, output.Span, output.Stride, gradient, n);
            ScalarSparse.Update(gradient, Rate, expected);
            var places = new PixelColumns(ref data.Blocks.Pixels[0], data.Blocks.Used(0, images), ref PixelKernel.Scaled);
            int rows = Math.Min(inputs, NonZeroMask.WordBits);
            ulong[] masks = Transposed(data, inputs, images);
            GuardedMatrix pairs = weights.Corner(rows, n, n), alone = weights.Corner(rows, n, n);
            SparseLoops.Run<TVector, PixelColumns, LayerUpdate>(
                rows, n, NonZeroMask.Words(images), ref masks[0], 1, NonZeroMask.WordBits, places, Matrix(output), MatrixRef.None, new LayerUpdate(Rate), Matrix(pairs), doubled);
            AssertSame(pairs, expected[..(rows * n)], $"{context}, update");
            SparseLoops.Run<TVector, UnlikeColumns, LayerUpdate>(
                rows, n, NonZeroMask.Words(images), ref masks[0], 1, NonZeroMask.WordBits, new UnlikeColumns(places), Matrix(output), MatrixRef.None, new LayerUpdate(Rate), Matrix(alone), doubled);
            AssertSame(alone, expected[..(rows * n)], $"{context}, update of single rows");
        }
    }

    /// <summary>The same values, but said not to be alike: then rows are taken alone, as on processors with few registers.</summary>
    private readonly ref struct UnlikeColumns(PixelColumns columns) : ISparseValues<UnlikeColumns>
    {
        private readonly PixelColumns _columns = columns;

        public static bool RowsAreAlike => false;

        public static bool AreBytes => false;

        public float this[nint p] => _columns[p];

        public Vector512<byte> Bytes(ulong mask) => default;

        public bool HasAny(int rows) => _columns.HasAny(rows);

        public UnlikeColumns Row(nint row) => new(_columns.Row(row));

        public UnlikeColumns Word(nint word) => new(_columns.Word(word));
    }

    /// <summary>Which images have a pixel at each of the first 64 places, word after word of images.</summary>
    private static ulong[] Transposed(SparseImages data, int inputs, int images)
    {
        ulong[] masks = new ulong[NonZeroMask.WordBits * NonZeroMask.Words(images)];
        for (int image = 0; image < images; image++)
        {
            for (int place = 0; place < Math.Min(inputs, NonZeroMask.WordBits); place++)
            {
                bool isSet = data.Pixels[(image * inputs) + place] != 0;
                masks[(image / 64 * NonZeroMask.WordBits) + place] |= (isSet ? 1UL : 0UL) << (image % 64);
            }
        }
        return masks;
    }

    /// <summary>A function of two vectors against one of two numbers.</summary>
    private static void AssertLanes(Func<TVector, TVector, TVector> vector, Func<float, float, float> scalar, string name)
    {
        int lanes = Simd.Count<TVector>();
        float[] z = new float[lanes];
        foreach (float first in Special)
        {
            float[] x = [.. Enumerable.Repeat(first, lanes)], y = [.. Enumerable.Range(0, lanes).Select(i => Special[i % Special.Length])];
            Simd.Store(vector(Simd.Load<TVector>(ref x[0], 0), Simd.Load<TVector>(ref y[0], 0)), ref z[0], 0);
            Expect.SameBits(z, [.. x.Zip(y, scalar)], $"{name}, {first}");
        }
    }

    private static void AssertMap<TOperator>(TOperator f, float[] x)
        where TOperator : struct, IUnaryOperator
    {
        float[] apart = new float[x.Length], inPlace = [.. x];
        Elementwise.Map<TVector, TOperator>(f, x, apart);
        Elementwise.Map<TVector, TOperator>(f, inPlace, inPlace);
        float[] expected = [.. x.Select(value => f.Invoke(value))];
        Expect.SameBits(apart, expected, $"{typeof(TOperator).Name} of {x.Length} numbers");
        Expect.SameBits(inPlace, expected, $"{typeof(TOperator).Name} of {x.Length} numbers in place");
    }

    private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    private static float Bits(int x) => BitConverter.Int32BitsToSingle(x);

    private static MatrixRef Matrix(GuardedMatrix matrix) => new(ref MemoryMarshal.GetReference(matrix.Span), matrix.Stride);

    private static void AssertSame(GuardedMatrix actual, float[] expected, string context)
    {
        Expect.SameBits(actual.ToDense(), expected, context);
        actual.AssertGuardsIntact(context);
    }

    private readonly struct Exp : IUnaryOperator
    {
        public T Invoke<T>(T x)
            where T : struct => Exponential.Exp(x);

        public float Invoke(float x) => Exponential.Exp(x);
    }

    private readonly struct ExpMinusOne : IUnaryOperator
    {
        public T Invoke<T>(T x)
            where T : struct => Exponential.ExpMinusOne(x);

        public float Invoke(float x) => Exponential.ExpMinusOne(x);
    }
}

/// <summary>Which processors are taken to do 512 bits at once.</summary>
public sealed class VectorWidthChoiceTests
{
    private const int LastLeaf = unchecked((int)0x80000021);

    [TestCase("Auth", LastLeaf, 0b1010, true, Description = "as a Zen 5 tells")]
    [TestCase("Auth", LastLeaf, 0b0110, false, Description = "paths of 256 bits")]
    [TestCase("Auth", unchecked((int)0x80000019), 0b1010, false, Description = "there is no such leaf")]
    [TestCase("Genu", 0, 0, true, Description = "the runtime knows which of Intel's had better not")]
    public void HasFullWidth_OfWhatAProcessorTells_IsItsOwnWordOrTheRuntimes(string vendor, int highestLeaf, int performance, bool expected) =>
        Assert.That(VectorWidth.HasFullWidth(BitConverter.ToInt32(Encoding.ASCII.GetBytes(vendor)), highestLeaf, performance), Is.EqualTo(expected));

    [Test]
    public void LanesFor_FewerElementsThanAWideVectorHas_AreThoseOfTheRuntimesVector()
    {
        Assert.That(VectorWidth.LanesFor(Vector512<float>.Count - 1), Is.EqualTo(Vector<float>.Count));
        Assert.That(VectorWidth.LanesFor(Vector512<float>.Count), Is.EqualTo(Hardware.VectorLanes));
        Assert.That(Hardware.VectorLanes, Is.EqualTo(VectorWidth.IsWide ? Vector512<float>.Count : Vector<float>.Count));
    }
}
