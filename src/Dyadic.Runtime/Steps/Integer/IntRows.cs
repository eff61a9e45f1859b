using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = softmax(x) along the last axis, from codes of 8 or 16 bits to codes of 8 or 16 bits; equation (11) of docs/equations/integer-functions.md.</summary>
/// <remarks>Inputs: x [.., W] and, where there is a mask, its bytes, of dimensions that repeat along those of x.</remarks>
public sealed class IntSoftmax : IntStep
{
    private readonly SoftmaxCodes _codes;
    private readonly IntFormat _from, _to;
    private readonly SoftmaxMask? _mask;

    /// <summary>A softmax.</summary>
    /// <param name="codes">The function.</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    /// <param name="mask">What the bytes of a mask do; null for none.</param>
    public IntSoftmax(SoftmaxCodes codes, IntFormat from, IntFormat to, SoftmaxMask? mask = null) =>
        (_codes, _from, _to, _mask) = (codes, from.Checked(wide: true), to.Checked(wide: true), mask);

    /// <inheritdoc/>
    public override string Kernel => $"softmax_{_from.Name}_{_to.Name}";

    /// <inheritdoc/>
    public override string Details => _mask is null ? "" : "+ mask";

    /// <inheritdoc/>
    public override unsafe void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        int width = x.Dims[^1];
        int[] line = new int[width];
        for (int start = 0; start < x.Length; start += width)
        {
            for (int i = 0; i < width; i++)
            {
                line[i] = _from.Read(x.Data, start + i) - _from.Zero;
                if (_mask is not null) line[i] = _mask.Of(line[i], inputs[1].Data[MaskAt(x.Dims, inputs[1].Dims, start + i)]);
            }
            CodeRows.Softmax(line, line, in _codes, _to);
            for (int i = 0; i < width; i++) _to.Write(y.Data, start + i, line[i]);
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0];
        int width = x.Dims[x.Rank - 1], axes = x.Rank - 1;
        if (x.Length == 0) return;
        int* sizes = stackalloc int[axes + 1];
        nint* strides = stackalloc nint[axes + 1];
        fixed (int* terms = _mask?.Table)
        {
            SoftmaxRows rows = new((nint)x.Data, _from, (nint)outputs[0].Data, _to, width);
            if (_mask is not null) rows = Masked(rows, x.Dims, inputs[1], sizes, strides) with { Terms = (nint)terms };
            RowSoftmax.Run(x.Length / width, in rows, in _codes, in mode);
        }
    }

    private static unsafe SoftmaxRows Masked(SoftmaxRows rows, int[] x, in TensorView mask, int* sizes, nint* strides)
    {
        int axes = x.Length - 1, lead = x.Length - mask.Rank;
        nint stride = Size(mask.Dims, axes - lead);
        for (int axis = axes - 1; axis >= 0; axis--)
        {
            int size = Size(mask.Dims, axis - lead);
            (sizes[axis], strides[axis]) = (x[axis], size > 1 ? stride : 0);
            stride *= size;
        }
        return rows with { Mask = (nint)mask.Data, Sizes = (nint)sizes, Strides = (nint)strides, Axes = axes, Step = Size(mask.Dims, axes - lead) > 1 ? 1 : 0 };
    }

    private static int Size(int[] dims, int axis) => axis < 0 ? 1 : dims[axis];

    // The definition of a mask that repeats.
    private static int MaskAt(int[] x, int[] mask, int index)
    {
        int at = 0, stride = 1;
        for (int axis = x.Length - 1; axis >= 0; axis--)
        {
            int size = Size(mask, axis - x.Length + mask.Length), i = index % x[axis];
            if (size > 1) at += i * stride;
            stride *= size;
            index /= x[axis];
        }
        return at;
    }
}

/// <summary>y = (x − mean)/√(var + ε)·γ + β along the last axis, from codes of 8 or 16 bits to codes of 8 or 16 bits; equation (12) of docs/equations/integer-functions.md.</summary>
/// <param name="codes">The function of rows of C.</param>
/// <param name="from">Format of x.</param>
/// <param name="to">Format of y; its range is the fused clamp.</param>
public sealed class IntLayerNorm(LayerNormCodes codes, IntFormat from, IntFormat to) : IntStep
{
    private readonly RowLayerNorm _rows = new(codes, from.Checked(wide: true), to.Checked(wide: true));

    /// <inheritdoc/>
    public override string Kernel => $"layernorm_{from.Name}_{to.Name}";

    /// <inheritdoc/>
    public override long WeightBytes => (long)_rows.Channels * (sizeof(int) + (2 * sizeof(long)));

    /// <inheritdoc/>
    public override unsafe void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] line = new int[_rows.Channels];
        for (int start = 0; start < inputs[0].Length; start += line.Length)
        {
            for (int c = 0; c < line.Length; c++) line[c] = from.Read(inputs[0].Data, start + c) - from.Zero;
            CodeRows.LayerNorm(line, line, codes, to);
            for (int c = 0; c < line.Length; c++) to.Write(outputs[0].Data, start + c, line[c]);
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        _rows.Run(inputs[0].Data, outputs[0].Data, inputs[0].Length / _rows.Channels, in mode);
}
