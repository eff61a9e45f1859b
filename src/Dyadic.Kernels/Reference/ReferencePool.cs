using System.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of max and average pooling and of their gradients, plane by plane over [planes, H, W].</summary>
public static class ReferencePool
{
    /// <summary>y = the largest value of each window; a NaN in the window wins, and ties go to the first.</summary>
    /// <param name="x">[P, H, W].</param>
    /// <param name="y">[P, OH, OW].</param>
    /// <param name="argmax">[P, OH, OW]: h·W + w of the largest value within its plane; or empty.</param>
    /// <param name="g">The sizes; the number of planes is that of <paramref name="x"/>.</param>
    public static void Max<T>(ReadOnlySpan<T> x, Span<T> y, Span<int> argmax, in PoolGeometry g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int o = 0; o < y.Length; o++)
        {
            PoolWindow window = new(in g, o);
            ReadOnlySpan<T> plane = x[window.PlaneStart..];
            int best = -1;
            for (int h = window.Top; h < window.Bottom; h += g.DilationH)
                for (int w = window.Left; w < window.Right; w += g.DilationW)
                {
                    int at = h * g.Width + w;
                    if (best < 0 || plane[at] > plane[best] || (T.IsNaN(plane[at]) && !T.IsNaN(plane[best]))) best = at;
                }
            y[o] = plane[best];
            if (!argmax.IsEmpty) argmax[o] = best;
        }
    }

    /// <summary>dx[argmax] += dy, window by window; zero elsewhere.</summary>
    /// <param name="dy">[P, OH, OW].</param>
    /// <param name="argmax">[P, OH, OW], as <see cref="Max{T}"/> wrote it.</param>
    /// <param name="dx">[P, H, W].</param>
    /// <param name="g">The sizes of the forward pooling.</param>
    public static void MaxGradient<T>(ReadOnlySpan<T> dy, ReadOnlySpan<int> argmax, Span<T> dx, in PoolGeometry g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        dx.Clear();
        int outPlane = g.OutHeight * g.OutWidth, plane = g.Height * g.Width;
        for (int o = 0; o < dy.Length; o++) dx[o / outPlane * plane + argmax[o]] += dy[o];
    }

    /// <summary>y = the mean of each window, over its values or, when <paramref name="countPad"/>, over values and padding.</summary>
    /// <param name="x">[P, H, W].</param>
    /// <param name="y">[P, OH, OW].</param>
    /// <param name="countPad">Whether zeros of the padding count; what lies beyond the padding never does.</param>
    /// <param name="g">The sizes.</param>
    public static void Average<T>(ReadOnlySpan<T> x, Span<T> y, bool countPad, in PoolGeometry g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int o = 0; o < y.Length; o++)
        {
            PoolWindow window = new(in g, o);
            T sum = T.Zero;
            for (int h = window.Top; h < window.Bottom; h += g.DilationH)
                for (int w = window.Left; w < window.Right; w += g.DilationW)
                    sum += x[window.PlaneStart + h * g.Width + w];
            y[o] = sum / T.CreateChecked(countPad ? window.PaddedCount : window.Count);
        }
    }

    /// <summary>dx = each dy spread evenly over the values of its window.</summary>
    /// <param name="dy">[P, OH, OW].</param>
    /// <param name="dx">[P, H, W].</param>
    /// <param name="countPad">As in <see cref="Average{T}"/>.</param>
    /// <param name="g">The sizes of the forward pooling.</param>
    public static void AverageGradient<T>(ReadOnlySpan<T> dy, Span<T> dx, bool countPad, in PoolGeometry g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        dx.Clear();
        for (int o = 0; o < dy.Length; o++)
        {
            PoolWindow window = new(in g, o);
            T share = dy[o] / T.CreateChecked(countPad ? window.PaddedCount : window.Count);
            for (int h = window.Top; h < window.Bottom; h += g.DilationH)
                for (int w = window.Left; w < window.Right; w += g.DilationW)
                    dx[window.PlaneStart + h * g.Width + w] += share;
        }
    }
}
