using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = x with other dimensions (reshape, flatten, squeeze, unsqueeze, identity); any element type. In place where the plan allows it.</summary>
public sealed class IntReshape : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "reshape";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => Bytes.Of(inputs[0]).CopyTo(Bytes.Of(outputs[0]));

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs[0].Data != outputs[0].Data) RunReference(inputs, outputs);
    }
}

/// <summary>Output axis d is input axis perm[d]; any element type; equation (10).</summary>
/// <param name="perm">A permutation of 0 … rank − 1.</param>
public sealed class IntTranspose(int[] perm) : IntStep
{
    internal ReadOnlySpan<int> Perm => perm;

    /// <inheritdoc/>
    public override string Kernel => "transpose";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) =>
        Reference.IntegerMovement.Transpose(Bytes.Of(inputs[0]), inputs[0].Dims, Bytes.Of(outputs[0]), perm, inputs[0].Type.Size());

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        Movement.Transpose(inputs[0], outputs[0], perm);
}

/// <summary>y[i] = x[starts + i·steps], axis by axis; any element type; equation (11).</summary>
/// <param name="starts">For each axis the index of the first element, within the axis.</param>
/// <param name="steps">For each axis the distance of two elements; may be negative.</param>
public sealed class IntSlice(int[] starts, int[] steps) : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "slice";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => Reference.IntegerMovement.Slice(
        Bytes.Of(inputs[0]), inputs[0].Dims, Bytes.Of(outputs[0]), outputs[0].Dims, starts, steps, inputs[0].Type.Size());

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int rank = starts.Length;
        Span<nint> from = stackalloc nint[rank], to = stackalloc nint[rank];
        IntegerMovement.Contiguous(inputs[0].Dims, from);
        IntegerMovement.Contiguous(outputs[0].Dims, to);
        nint first = 0;
        for (int d = 0; d < rank; d++)
        {
            first += starts[d] * from[d];
            from[d] *= steps[d];
        }
        int size = inputs[0].Type.Size();
        IntegerMovement.Copy(inputs[0].Data + first * size, outputs[0].Data, outputs[0].Dims, from, to, size);
    }

    internal override IntStep? InChannelsLast(int rank) => starts.Length == rank ? new IntSlice(ChannelsLast.Of(starts), ChannelsLast.Of(steps)) : null;
}

/// <summary>y[i] = x[i − before] inside x, a constant code elsewhere; 8-bit elements; equation (12). Negative padding cuts.</summary>
/// <param name="before">For each axis the elements added in front.</param>
/// <param name="value">The code to pad with: the zero point where the real number 0 is meant.</param>
public sealed class IntPad(int[] before, int value) : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "pad_8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => Reference.IntegerMovement.Pad(
        Bytes.Of(inputs[0]), inputs[0].Dims, Bytes.Of(outputs[0]), outputs[0].Dims, before, IntFormat.Write(value));

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int rank = before.Length;
        Span<nint> from = stackalloc nint[rank], to = stackalloc nint[rank];
        Span<int> dims = stackalloc int[rank];
        IntegerMovement.Contiguous(inputs[0].Dims, from);
        IntegerMovement.Contiguous(outputs[0].Dims, to);
        nint first = 0, at = 0;
        for (int d = 0; d < rank; d++)
        {
            int start = Math.Max(-before[d], 0), end = Math.Min(inputs[0].Dims[d], outputs[0].Dims[d] - before[d]);
            dims[d] = Math.Max(end - start, 0);
            first += start * from[d];
            at += (start + before[d]) * to[d];
        }
        Bytes.Of(outputs[0]).Fill(IntFormat.Write(value));
        IntegerMovement.Copy(inputs[0].Data + first, outputs[0].Data + at, dims, from, to, 1);
    }

    internal override IntStep? InChannelsLast(int rank) => before.Length == rank ? new IntPad(ChannelsLast.Of(before), value) : null;
}

/// <summary>Transposes of views.</summary>
internal static unsafe class Movement
{
    /// <summary>Output axis d is input axis perm[d].</summary>
    public static void Transpose(in TensorView x, in TensorView y, ReadOnlySpan<int> perm)
    {
        Span<nint> strides = stackalloc nint[perm.Length], from = stackalloc nint[perm.Length], to = stackalloc nint[perm.Length];
        IntegerMovement.Contiguous(x.Dims, strides);
        IntegerMovement.Contiguous(y.Dims, to);
        for (int d = 0; d < perm.Length; d++) from[d] = strides[perm[d]];
        IntegerMovement.Copy(x.Data, y.Data, y.Dims, from, to, x.Type.Size());
    }
}

/// <summary>The memory of a view. Unlike <see cref="TensorView.Span{T}"/> it names no floating-point type, so the proof may pass through.</summary>
internal static unsafe class Bytes
{
    /// <summary>All bytes, whatever the element type.</summary>
    public static Span<byte> Of(in TensorView view) => new(view.Data, view.Length * view.Type.Size());

    /// <summary>The elements of an Int64 view.</summary>
    public static Span<long> Longs(in TensorView view) => new(view.Data, view.Length);
}
