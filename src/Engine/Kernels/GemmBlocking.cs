namespace Engine.Kernels;

/// <summary>The numbers that block the matrix product, each with its reason. No result depends on them.</summary>
internal static class GemmBlocking
{
    /// <summary>
    /// MR, rows of a tile. 6 rows x 2 vectors are 12 accumulators; with 2 vectors of B and a broadcast they fill 15 of the
    /// 16 registers that AVX2 has, and 12 chains are more than the 8 that two FMA units of latency 4 need.
    /// </summary>
    public const int TileRows = 6;

    /// <summary>
    /// Vectors of a tile of one row: 8 chains keep two FMA units of latency 4 busy. More vectors are divided evenly.
    /// </summary>
    public const int RowVectors = 8;

    /// <summary>
    /// KC, steps of k in a block. A panel of 320 rows is 20 KB and the tile's rows of A are 7.5 KB:
    /// together they stay in a first-level cache of 32 KB. A longer k is divided evenly.
    /// </summary>
    public const int MaximumDepth = 320;
}
