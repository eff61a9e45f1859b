namespace Dyadic.Kernels.Managed;

/// <summary>The innermost product: one tile c [Mr, Nr] = Σₖ a[k, i]·b[k, j], each element one chain of fused multiply-adds over k upwards.</summary>
/// <remarks>So each element has the same bits at every tile size and width.</remarks>
internal unsafe interface IMicroKernel
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Mr { get; }

    /// <summary>Columns of the tile.</summary>
    static abstract int Nr { get; }

    /// <summary>Computes one tile.</summary>
    /// <param name="k">Products in a sum.</param>
    /// <param name="a">A packed panel [k, Mr].</param>
    /// <param name="b">Rows of Nr values, <paramref name="bStride"/> apart.</param>
    /// <param name="bStride">Nr for a packed panel.</param>
    /// <param name="c">The tile in a row-major matrix.</param>
    /// <param name="ldc">Values from one row of c to the next.</param>
    /// <param name="accumulate">Whether the sum is added to c or replaces it.</param>
    static abstract void Run(int k, float* a, float* b, nint bStride, float* c, nint ldc, bool accumulate);
}
