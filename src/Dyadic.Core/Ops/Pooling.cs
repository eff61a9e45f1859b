namespace Dyadic.Ops;

/// <summary>The shape rule of poolings.</summary>
internal static class Pooling
{
    /// <summary>The most taps of a window that lie within <paramref name="x"/>.</summary>
    public static double Taps(Shape x, Dims kernel)
    {
        double taps = 1;
        for (int i = 0; i < kernel.Count; i++) taps *= Math.Min(kernel[i], x[i + 2].Size);
        return taps;
    }

    /// <summary>The type of the windows of <paramref name="x"/>.</summary>
    public static TensorType Infer(TensorType x, Dims kernel, Dims strides, Dims pads, Dims dilations, bool ceil, string op)
    {
        int rank = SlidingWindows.SpatialRank(x.Shape, strides, pads, dilations, op);
        Contractions.SameFloats([x], op);
        Ensure.Shape(kernel.Count == rank, $"{op}: the kernel {kernel} must have {rank} entries for x {x.Shape}.");
        SlidingWindows.Check(kernel, rank, 1, "kernel", op);
        Shape y = x.Shape;
        for (int i = 0; i < rank; i++) y = y.With(i + 2, SlidingWindows.Convolved(x.Shape[i + 2], i, rank, kernel[i], strides, pads, dilations, op, ceil));
        return new(x.Type, y);
    }
}
