using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[i₀, i₁, …] = x[offset + Σ iₐ·strideₐ]: a copy whose strides follow from the sizes of x and y; any element type.</summary>
public abstract class StridedStep : Step
{
    /// <summary>Fills the strides of x along the axes of y, in elements, and returns the offset of the first element.</summary>
    protected abstract int Strides(ReadOnlySpan<int> x, ReadOnlySpan<int> y, Span<int> strides);

    /// <inheritdoc/>
    public sealed override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        Span<int> strides = stackalloc int[y.Rank];
        int offset = Strides(x.Dims, y.Dims, strides);
        StridedCopy.Gather(Bytes.Of(x), offset, y.Dims, strides, Bytes.Of(y), x.Type.Size(), mode.Threads);
    }
}

/// <summary>Axis a of y is axis perm[a] of x.</summary>
/// <param name="perm">A permutation of 0 … rank − 1.</param>
public sealed class TransposeStep(int[] perm) : StridedStep
{
    internal ReadOnlySpan<int> Perm => perm;

    /// <inheritdoc/>
    public override string Kernel => "transpose";

    /// <inheritdoc/>
    protected override int Strides(ReadOnlySpan<int> x, ReadOnlySpan<int> y, Span<int> strides)
    {
        Span<int> own = stackalloc int[x.Length];
        StridedCopy.RowMajor(x, own);
        for (int axis = 0; axis < perm.Length; axis++) strides[axis] = own[perm[axis]];
        return 0;
    }
}

/// <summary>y[i] = x[i] with axes of size 1 repeated and missing leading axes added.</summary>
public sealed class ExpandStep : StridedStep
{
    /// <inheritdoc/>
    public override string Kernel => "expand";

    /// <inheritdoc/>
    protected override int Strides(ReadOnlySpan<int> x, ReadOnlySpan<int> y, Span<int> strides)
    {
        int added = y.Length - x.Length;
        strides[..added].Clear();
        StridedCopy.RowMajor(x, strides[added..]);
        for (int axis = 0; axis < x.Length; axis++)
            if (x[axis] == 1) strides[added + axis] = 0;
        return 0;
    }
}

/// <summary>y[i] = x[start + i·step] along the sliced axes.</summary>
/// <param name="ranges">The sliced axes.</param>
public sealed class SliceStep(SliceRange[] ranges) : StridedStep
{
    /// <inheritdoc/>
    public override string Kernel => "slice";

    /// <inheritdoc/>
    protected override int Strides(ReadOnlySpan<int> x, ReadOnlySpan<int> y, Span<int> strides) => SliceRange.Layout(ranges, x, strides);

    internal override Step InChannelsLast(int rank) => new SliceStep([.. ranges.Select(r => r with { Axis = ChannelsLast.Axis(r.Axis, rank) })]);
}

/// <summary>The inverse of <see cref="SliceStep"/>: y[start + i·step] = x[i] along the sliced axes, 0 elsewhere.</summary>
/// <param name="ranges">The sliced axes.</param>
public sealed class SliceScatterStep(SliceRange[] ranges) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "slice_scatter";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        Span<int> strides = stackalloc int[y.Rank];
        int offset = SliceRange.Layout(ranges, y.Dims, strides);
        Span<byte> target = Bytes.Of(y);
        target.Clear();
        StridedCopy.Scatter(Bytes.Of(x), target, offset, x.Dims, strides, x.Type.Size());
    }
}
