using Dyadic.Kernels;

namespace Dyadic.Ops;

/// <summary>Shape rules that convolutions and poolings share; spatial attributes have one entry an axis, pads all befores and then all afters.</summary>
internal static class SlidingWindows
{
    private const int Farthest = 1 << 29;

    /// <summary>The window of the kernels: one-dimensional ones become one row high. Empty attributes mean ones, and zeros for pads.</summary>
    public static Window Lift(ReadOnlySpan<int> kernel, Dims strides, Dims pads, Dims dilations)
    {
        int w = kernel.Length - 1;
        return w == 0
            ? new(1, kernel[0], 1, At(strides, 0), 0, Pad(pads, 0), 0, Pad(pads, 1), 1, At(dilations, 0))
            : new(kernel[0], kernel[1], At(strides, 0), At(strides, 1), Pad(pads, 0), Pad(pads, 1), Pad(pads, 2), Pad(pads, 3), At(dilations, 0), At(dilations, 1));
    }

    /// <summary>⌊(size + pads − d·(k − 1) − 1) / s⌋ + 1 along spatial axis <paramref name="i"/>, symbolic where the size is.</summary>
    public static Dim Convolved(Dim size, int i, int rank, int kernel, Dims strides, Dims pads, Dims dilations, string op, bool ceil = false)
    {
        RequireReach(size, i, rank, kernel, pads, dilations, op);
        int before = Pad(pads, i), after = Pad(pads, i + rank), stride = At(strides, i), span = At(dilations, i) * (kernel - 1) + 1;
        if (!size.IsKnown)
        {
            int room = before + after - span + (ceil ? stride - 1 : 0);
            return stride == 1 ? size.Moved(room + 1) : size.Moved(room) / stride + 1;
        }
        int windows = PoolGeometry.Windows(size, kernel, stride, before, after, At(dilations, i), ceil);
        Ensure.Shape(windows > 0, $"{op}: a window of {span} does not fit the size {size} padded by {before} and {after} along spatial axis {i}. Pad more?");
        return windows;
    }

    /// <summary>s·(size − 1) + extra + d·(k − 1) + 1 − pads along spatial axis <paramref name="i"/>: the size whose windows these are.</summary>
    public static Dim Transposed(Dim size, int i, int rank, int kernel, Dims strides, Dims pads, Dims dilations, Dims extra, string op)
    {
        RequireReach(size, i, rank, kernel, pads, dilations, op);
        int stride = At(strides, i);
        Ensure.Shape((double)stride * (size.IsKnown ? size.Size : 1) + Pad(extra, i) <= Farthest, $"{op}: a stride of {stride} and size {size} along spatial axis {i} reach beyond {Farthest}. Use smaller ones.");
        int more = Pad(extra, i) + Overhang(i, rank, kernel, strides, pads, dilations);
        if (!size.IsKnown) return (stride * size).Moved(more);
        Ensure.Shape(stride * size.Size + more > 0, $"{op}: padding leaves nothing of size {size} along spatial axis {i}. Pad less?");
        return stride * size.Size + more;
    }

    // Whatever a file says: no position that the kernels compute in 32 bits may wrap around.
    private static void RequireReach(Dim size, int i, int rank, int kernel, Dims pads, Dims dilations, string op)
    {
        long span = (long)At(dilations, i) * (kernel - 1L) + 1, padded = (long)(size.IsKnown ? size.Size : 0) + Pad(pads, i) + Pad(pads, i + rank);
        Ensure.Shape(span <= Farthest && padded <= Farthest, $"{op}: a window of {span} on size {size}, with padding {padded}, reaches beyond {Farthest} along spatial axis {i}. Use smaller pads and dilations.");
    }

    /// <summary>d·(k − 1) + 1 − pads − s along spatial axis <paramref name="i"/>: what an image has more than s times its windows.</summary>
    public static int Overhang(int i, int rank, int kernel, Dims strides, Dims pads, Dims dilations) =>
        At(dilations, i) * (kernel - 1) + 1 - At(strides, i) - Pad(pads, i) - Pad(pads, i + rank);

    /// <summary>Checks rank 3 or 4, and that each attribute is empty or has an entry for every spatial axis. Returns the number of spatial axes.</summary>
    public static int SpatialRank(Shape x, Dims strides, Dims pads, Dims dilations, string op)
    {
        Ensure.Shape(x.Rank is 3 or 4, $"{op}: x is {x}; [N, C, W] or [N, C, H, W] is needed. Reshape it?");
        int rank = x.Rank - 2;
        Check(strides, rank, 1, "strides", op);
        Check(dilations, rank, 1, "dilations", op);
        Check(pads, 2 * rank, 0, "pads", op);
        return rank;
    }

    /// <summary>Checks that <paramref name="values"/> is empty or has <paramref name="count"/> entries, none below <paramref name="least"/>.</summary>
    public static void Check(Dims values, int count, int least, string what, string op)
    {
        Ensure.Shape(values.Count == 0 || values.Count == count, $"{op}: {what} {values} must have {count} entries.");
        foreach (int value in values.Span) Ensure.Shape(value >= least && value <= Farthest, $"{op}: {what} {values} must be {least} to {Farthest}.");
    }

    /// <summary>Entry <paramref name="i"/>, or 1 when there are none.</summary>
    public static int At(Dims values, int i) => values.Count == 0 ? 1 : values[i];

    /// <summary>Entry <paramref name="i"/>, or 0 when there are none.</summary>
    public static int Pad(Dims values, int i) => values.Count == 0 ? 0 : values[i];

    /// <summary>The same list, or <paramref name="count"/> times <paramref name="value"/> when it is empty.</summary>
    public static Dims Fill(Dims values, int count, int value)
    {
        if (values.Count > 0) return values;
        int[] filled = new int[count];
        Array.Fill(filled, value);
        return Dims.Create(filled);
    }

    /// <summary>The spatial sizes of a known shape.</summary>
    public static Dims Spatial(Shape shape) => Dims.Create(shape.ToArray().AsSpan(2));
}
