namespace Dyadic.Kernels.Managed;

/// <summary>Lines of a and b over the pixels of several images; a product is Σ a[image, pixel]·b[image, pixel].</summary>
internal unsafe struct DotTile
{
    public float* A0, A1, A2, A3, B0, B1, B2;
    public nint AStride, BStride, Length;
    public int Images;
}

/// <summary>The innermost product where the summed axis is the contiguous one: 4×3 dot products.</summary>
internal unsafe interface IDotKernel
{
    /// <summary>Values of a vector; lengths are multiples of it.</summary>
    static abstract int Lanes { get; }

    /// <summary>sums[3·i + j] = line i of a · line j of b.</summary>
    static abstract void Run(in DotTile tile, float* sums);
}
