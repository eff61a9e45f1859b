namespace Dyadic.Runtime.Steps.Float;

/// <summary>Which scale belongs to which element: one for all, one for each index of an axis, or one for each block of elements along it.</summary>
/// <param name="Scales">How many there are.</param>
/// <param name="Size">The size of the axis.</param>
/// <param name="Inner">Elements behind the axis.</param>
/// <param name="Block">Elements of a block; 0 for one scale an index.</param>
internal readonly record struct ScaleLayout(int Scales, int Size, int Inner, int Block)
{
    /// <summary>The layout over a tensor of dimensions <paramref name="dims"/>.</summary>
    public static ScaleLayout Of(int[] dims, int axis, int block, int scales)
    {
        if (dims.Length == 0 || (scales == 1 && block == 0)) return new(1, 1, 1, 0);
        int at = axis < 0 ? axis + dims.Length : axis, inner = 1;
        for (int i = at + 1; i < dims.Length; i++) inner *= dims[i];
        return new(scales, dims[at], inner, block);
    }

    /// <summary>The scale of element <paramref name="i"/>.</summary>
    public int Of(int i)
    {
        if (Scales == 1) return 0;
        int index = i / Inner % Size;
        return Block == 0 ? index : ((((i / (Inner * Size) * ((Size + Block - 1) / Block)) + (index / Block)) * Inner) + (i % Inner));
    }
}
