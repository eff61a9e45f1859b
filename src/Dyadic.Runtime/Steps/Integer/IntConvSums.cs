using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y[n, m, p, q] = Σ (x[n, c, i, j] − z_x)·(w[m, c, u, v] − z_w[m]), int32 modulo 2³²; x, w int8 or uint8, both known only when the step runs.</summary>
/// <param name="window">Kernel, strides, padding and dilation; one row high for NCW. Padding is worth z_x.</param>
/// <param name="groups">Channel groups.</param>
/// <remarks>Inputs x [N, C, (H,) W], w [M, C/g, (kH,) kW], z_x [1], z_w [1] or [M] → y [N, M, (P,) Q].</remarks>
public sealed class IntConvSums(Window window, int groups) : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "conv_s32";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        (TensorView x, TensorView w) = (inputs[0], inputs[1]);
        WindowSizes s = Sizes(x, outputs[0]);
        Span<int> y = outputs[0].Span<int>();
        int ins = s.Channels / groups, outs = s.OutChannels / groups;
        for (int at = 0; at < y.Length; at++)
        {
            int q = at % s.OutWidth, p = at / s.OutWidth % s.OutHeight, m = at / (s.OutWidth * s.OutHeight) % s.OutChannels, n = at / (s.OutWidth * s.OutHeight * s.OutChannels);
            int sum = 0;
            for (int k = 0; k < ins * window.Taps; k++)
            {
                (int c, int u, int v) = (k / window.Taps, k / window.KernelW % window.KernelH, k % window.KernelW);
                int i = (p * window.StrideH) + (u * window.DilationH) - window.Top, j = (q * window.StrideW) + (v * window.DilationW) - window.Left;
                if ((uint)i >= (uint)s.Height || (uint)j >= (uint)s.Width) continue;
                nint from = ((((((nint)n * s.Channels) + (m / outs * ins) + c) * s.Height) + i) * s.Width) + j;
                sum = unchecked(sum + (ByteCodes.Difference(x, from, inputs[2], 0) * ByteCodes.Difference(w, ((nint)m * ins * window.Taps) + k, inputs[3], m)));
            }
            y[at] = sum;
        }
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView w, TensorView y) = (inputs[0], inputs[1], outputs[0]);
        WindowSizes s = Sizes(x, y);
        if (y.Length == 0) return;
        int terms = w.Length / s.OutChannels;
        using ScratchBuffer<short> planes = Scratch.Rent<short>(x.Length), pixels = Scratch.Rent<short>(x.Length), weights = Scratch.Rent<short>(w.Length);
        ByteCodes.ByColumns(x, inputs[2], planes.Span);
        Turn<short>(planes.Span, pixels.Span, s.Batch, s.Channels, s.Height * s.Width);
        ByteCodes.ByRows(w, inputs[3], terms, weights.Span);
        CodeSpan from = ByteCodes.Of(pixels.Span), taps = ByteCodes.Of(weights.Span);
        using ScratchBuffer<int> sums = Scratch.Rent<int>(y.Length);
        if (CodeContraction.Fits(terms, ByteCodes.Bits, ByteCodes.Bits)) CodeContraction.Run(in s, from, taps, byColumns: false, sums.Span, in mode);
        else
        {
            using ScratchBuffer<long> wide = Scratch.Rent<long>(y.Length);
            CodeContraction.Run(in s, from, taps, byColumns: false, wide.Span, in mode);
            for (int i = 0; i < sums.Span.Length; i++) sums.Span[i] = unchecked((int)wide.Span[i]);
        }
        Turn<int>(sums.Span, y.Span<int>(), s.Batch, s.OutHeight * s.OutWidth, s.OutChannels);
    }

    private WindowSizes Sizes(in TensorView x, in TensorView y) => new(
        x.Dims[0], x.Dims[1], x.Rank == 4 ? x.Dims[2] : 1, x.Dims[^1], y.Dims[1], y.Rank == 4 ? y.Dims[2] : 1, y.Dims[^1], groups, window);

    // y [N, columns, rows] = x [N, rows, columns]
    private static void Turn<T>(ReadOnlySpan<T> x, Span<T> y, int batch, int rows, int columns)
    {
        for (int n = 0, plane = rows * columns; n < batch; n++)
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) y[(n * plane) + (c * rows) + r] = x[(n * plane) + (r * columns) + c];
    }
}
