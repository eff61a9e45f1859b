namespace Dyadic.Kernels.Managed;

/// <summary>The innermost product of a convolution that packs nothing: c[i, j] = Σₖ a[k, i]·image[taps[k] + j], one chain of fused multiply-adds per element.</summary>
internal unsafe interface ITapKernel
{
    /// <summary>Output channels of a tile.</summary>
    static abstract int Mr { get; }

    /// <summary>Pixels of a tile, neighbours in the padded image.</summary>
    static abstract int Nr { get; }

    /// <summary>Computes one tile; <paramref name="a"/> is a packed panel [k, Mr], c is replaced or added to.</summary>
    static abstract void Run(int k, float* a, int* taps, float* image, float* c, nint ldc, bool accumulate);
}
