using System.Numerics;

namespace Dyadic.Kernels.Reference;

/// <summary>The definition of convolution and of its two gradients: plain loops over every product.</summary>
public static class ReferenceConv
{
    /// <summary>y[n, m, i, j] = bias[m] + Σ x[n, c, h, w]·w[m, c, u, v] over the taps (h, w) = window (i, j) at (u, v) that lie within x.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="w">[M, C/g, kH, kW].</param>
    /// <param name="bias">[M], or empty for none.</param>
    /// <param name="y">[N, M, OH, OW].</param>
    /// <param name="g">The sizes.</param>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y, in ConvGeometry g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int o = 0; o < y.Length; o++)
        {
            T sum = T.Zero;
            Taps taps = new(in g, o);
            while (taps.Next()) sum += x[taps.X] * w[taps.W];
            y[o] = bias.IsEmpty ? sum : sum + bias[taps.OutChannel];
        }
    }

    /// <summary>dx[n, c, h, w] = Σ dy[n, m, i, j]·w[m, c, u, v] over all windows that touch (h, w): the transposed convolution of dy.</summary>
    /// <param name="dy">[N, M, OH, OW].</param>
    /// <param name="w">[M, C/g, kH, kW].</param>
    /// <param name="dx">[N, C, H, W].</param>
    /// <param name="g">The sizes of the forward convolution.</param>
    public static void InputGradient<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx, in ConvGeometry g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        dx.Clear();
        for (int o = 0; o < dy.Length; o++)
            for (Taps taps = new(in g, o); taps.Next();) dx[taps.X] += dy[o] * w[taps.W];
    }

    /// <summary>dw[m, c, u, v] = Σ dy[n, m, i, j]·x[n, c, h, w] over images and windows.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="dy">[N, M, OH, OW].</param>
    /// <param name="dw">[M, C/g, kH, kW].</param>
    /// <param name="g">The sizes of the forward convolution.</param>
    public static void WeightGradient<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dw, in ConvGeometry g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        dw.Clear();
        for (int o = 0; o < dy.Length; o++)
            for (Taps taps = new(in g, o); taps.Next();) dw[taps.W] += dy[o] * x[taps.X];
    }

    // Walks the products of one output: X and W are the flat indices of their factors.
    private ref struct Taps
    {
        private readonly ConvGeometry _g;
        private readonly int _image, _group, _top, _left;
        private int _tap;

        public Taps(in ConvGeometry g, int output)
        {
            (_g, _tap) = (g, -1);
            int column = output % g.OutWidth, row = output / g.OutWidth % g.OutHeight, plane = output / (g.OutWidth * g.OutHeight);
            OutChannel = plane % g.OutChannels;
            (_image, _group) = (plane / g.OutChannels, OutChannel / g.GroupOutChannels);
            (_top, _left) = (row * g.StrideH - g.PadTop, column * g.StrideW - g.PadLeft);
        }

        public int OutChannel { get; }

        public int X { get; private set; }

        public readonly int W => OutChannel * _g.Taps + _tap;

        public bool Next()
        {
            while (++_tap < _g.Taps)
            {
                int h = _top + _tap / _g.KernelW % _g.KernelH * _g.DilationH, w = _left + _tap % _g.KernelW * _g.DilationW;
                int channel = _group * _g.GroupChannels + _tap / (_g.KernelW * _g.KernelH);
                X = ((_image * _g.Channels + channel) * _g.Height + h) * _g.Width + w;
                if (h >= 0 && h < _g.Height && w >= 0 && w < _g.Width) return true;
            }
            return false;
        }
    }
}
