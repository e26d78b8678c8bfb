using System.Runtime.InteropServices;

namespace Engine.Benchmarks.Measuring;

/// <summary>The system's OpenBLAS, if it has one: what matrix products are compared with.</summary>
internal static partial class OpenBlas
{
    /// <summary>How to get it where it is missing.</summary>
    public const string Installation = "apt-get install libopenblas0-pthread";
    private const string Library = "openblas";
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;
    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "openblas.dll", "libopenblas.dll"];
    private static readonly nint Handle = Load();

    /// <summary>Whether the system has it.</summary>
    public static bool IsAvailable => Handle != 0;

    /// <summary>Version, kernels and options, as it tells them.</summary>
    public static string Version => Marshal.PtrToStringUTF8(Config()) ?? "unknown";

    /// <summary>C(m x n) ← A·B on one thread; A stored k x m or B stored n x k if transposed.</summary>
    public static void Multiply(
        int m, int n, int k, ReadOnlySpan<float> a, int lda, bool transposedA, ReadOnlySpan<float> b, int ldb, bool transposedB, Span<float> c, int ldc) =>
        Sgemm(
            RowMajor, transposedA ? Transpose : NoTranspose, transposedB ? Transpose : NoTranspose, m, n, k, 1f,
            in MemoryMarshal.GetReference(a), lda, in MemoryMarshal.GetReference(b), ldb, 0f, ref MemoryMarshal.GetReference(c), ldc);

    private static nint Load()
    {
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                NativeLibrary.SetDllImportResolver(typeof(OpenBlas).Assembly, (library, _, _) => library == Library ? handle : 0);
                SetThreads(1);
                return handle;
            }
        }
        return 0;
    }

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    private static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "openblas_get_config")]
    private static partial nint Config();

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static partial void Sgemm(
        int order, int transA, int transB, int m, int n, int k, float alpha, in float a, int lda, in float b, int ldb, float beta, ref float c, int ldc);
}
