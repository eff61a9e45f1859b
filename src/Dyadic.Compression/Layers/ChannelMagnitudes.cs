namespace Dyadic.Compression.Layers;

/// <summary>The largest magnitude of each index of an axis.</summary>
internal static class ChannelMagnitudes
{
    /// <summary>max|x| over all elements of each index.</summary>
    /// <param name="values">Row-major, of <paramref name="shape"/>.</param>
    /// <param name="shape">The shape, known.</param>
    /// <param name="axis">The axis.</param>
    public static float[] Of(ReadOnlySpan<float> values, Shape shape, int axis)
    {
        float[] most = new float[shape[axis].Size];
        Raise(most, values, Inner(shape, axis));
        return most;
    }

    /// <summary>Raises each of <paramref name="most"/> to max|x| of its index.</summary>
    /// <param name="most">One number for each index of an axis, or one for all.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="inner">Elements behind the axis.</param>
    public static void Raise(Span<float> most, ReadOnlySpan<float> values, int inner)
    {
        for (int i = 0; i < values.Length; i++)
        {
            ref float at = ref most[i / inner % most.Length];
            at = Math.Max(at, Math.Abs(values[i]));
        }
    }

    /// <summary>Elements behind an axis: the product of the sizes after it.</summary>
    public static int Inner(Shape shape, int axis)
    {
        int inner = 1;
        for (int d = axis + 1; d < shape.Rank; d++) inner *= shape[d].Size;
        return inner;
    }
}
