using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>What becomes of an element y and the update u that falls on it.</summary>
public enum ScatterReduction
{
    /// <summary>u; of several updates the last.</summary>
    Replace,

    /// <summary>y + u.</summary>
    Add,

    /// <summary>y·u.</summary>
    Multiply,

    /// <summary>The smaller of both.</summary>
    Minimum,

    /// <summary>The larger of both.</summary>
    Maximum,
}

/// <summary>y = x, then y[o, index[o, k, i], i] ∘= u[o, k, i] in row-major order. Inputs x, index (int32 or int64), u.</summary>
/// <param name="axis">The axis along which the indices choose, from 0.</param>
/// <param name="reduction">∘.</param>
public sealed class ScatterElementsStep(int axis, ScatterReduction reduction) : Step
{
    internal int Axis => axis;

    internal ScatterReduction Reduction => reduction;

    /// <inheritdoc/>
    public override string Kernel => "scatter_elements";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        TypedBody.Run(Scattering.TypeOf(outputs[0], reduction), new Body(inputs, outputs[0], axis, reduction, Kernel), Kernel);

    private readonly ref struct Body(ReadOnlySpan<TensorView> inputs, TensorView y, int axis, ScatterReduction reduction, string kernel) : ITypedBody
    {
        private readonly ReadOnlySpan<TensorView> _inputs = inputs;

        public unsafe void Run<T>() where T : unmanaged, INumber<T>
        {
            TensorView index = _inputs[1];
            Scattering.Begin(_inputs[0], y);
            Span<T> target = new(y.Data, y.Length);
            ReadOnlySpan<T> updates = new(_inputs[2].Data, _inputs[2].Length);
            using ScratchBuffer<int> places = Scratch.Rent<int>(updates.Length);
            Places(index, y.Dims, axis, places.Span, kernel);
            for (int k = 0; k < updates.Length; k++) target[places.Span[k]] = Scattering.Combine(reduction, target[places.Span[k]], updates[k]);
        }
    }

    /// <summary>Where in y each update falls. Unlike in GatherElements the other axes of the indices may be shorter than those of y.</summary>
    internal static void Places(in TensorView index, ReadOnlySpan<int> dims, int axis, Span<int> places, string kernel)
    {
        Span<int> strides = stackalloc int[dims.Length], at = stackalloc int[dims.Length];
        StridedCopy.RowMajor(dims, strides);
        at.Clear();
        for (int k = 0; k < places.Length; k++)
        {
            places[k] = Indices.Read(index, k, dims[axis], axis, kernel) * strides[axis];
            for (int a = 0; a < at.Length; a++)
                if (a != axis) places[k] += at[a] * strides[a];
            for (int a = at.Length - 1; a >= 0 && ++at[a] == index.Dims[a]; a--) at[a] = 0;
        }
    }
}

/// <summary>y = x, then y[index[k…], i…] ∘= u[k…, i…] in row-major order; the last axis of the indices holds one index for each leading axis of x. Inputs x, index, u.</summary>
/// <param name="reduction">∘.</param>
public sealed class ScatterNDStep(ScatterReduction reduction) : Step
{
    internal ScatterReduction Reduction => reduction;

    /// <inheritdoc/>
    public override string Kernel => "scatter_nd";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        TypedBody.Run(Scattering.TypeOf(outputs[0], reduction), new Body(inputs, outputs[0], reduction, Kernel), Kernel);

    private readonly ref struct Body(ReadOnlySpan<TensorView> inputs, TensorView y, ScatterReduction reduction, string kernel) : ITypedBody
    {
        private readonly ReadOnlySpan<TensorView> _inputs = inputs;

        public unsafe void Run<T>() where T : unmanaged, INumber<T>
        {
            TensorView index = _inputs[1];
            Scattering.Begin(_inputs[0], y);
            Span<T> target = new(y.Data, y.Length);
            ReadOnlySpan<T> updates = new(_inputs[2].Data, _inputs[2].Length);
            int depth = index.Dims[^1], inner = ConcatStep.AxisBytes(y.Dims, depth, 1);
            for (int k = 0; inner > 0 && k < updates.Length / inner; k++)
            {
                Span<T> line = target.Slice(Scattering.Place(index, k, depth, y.Dims, 0, kernel) * inner, inner);
                ReadOnlySpan<T> update = updates.Slice(k * inner, inner);
                for (int i = 0; i < inner; i++) line[i] = Scattering.Combine(reduction, line[i], update[i]);
            }
        }
    }
}

/// <summary>y[b…, k…, i…] = x[b…, index[b…, k…], i…]: slices of x, chosen by tuples of indices, which are the last axis of the indices; any element type.</summary>
/// <param name="batch">How many leading axes x and the indices share.</param>
public sealed class GatherNDStep(int batch) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "gather_nd";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView index) = (inputs[0], inputs[1]);
        Span<byte> source = Bytes.Of(x), target = Bytes.Of(outputs[0]);
        if (target.Length == 0) return;
        int depth = index.Dims[^1], inner = ConcatStep.AxisBytes(x.Dims, batch + depth, x.Type.Size()), whole = ConcatStep.AxisBytes(x.Dims, batch, x.Type.Size());
        int tuples = index.Length / depth, each = tuples / Math.Max(1, source.Length / Math.Max(1, whole));       // tuples of one batch
        for (int k = 0; k < tuples; k++)
        {
            int place = Scattering.Place(index, k, depth, x.Dims, batch, Kernel);
            source.Slice((k / each * whole) + (place * inner), inner).CopyTo(target[(k * inner)..]);
        }
    }
}

/// <summary>What scattering steps share.</summary>
internal static class Scattering
{
    /// <summary>The numbers that updates are combined as: bfloat16 can be replaced, as bits, and no more.</summary>
    public static DType TypeOf(in TensorView y, ScatterReduction reduction) => y.Type == DType.BFloat16 && reduction == ScatterReduction.Replace ? DType.UInt16 : y.Type;

    public static unsafe void Begin(in TensorView x, in TensorView y)
    {
        if (x.Data != y.Data) Bytes.Of(x).CopyTo(Bytes.Of(y));
    }

    /// <summary>The row-major place that tuple <paramref name="k"/> of indices names among axes [first, first + depth).</summary>
    public static int Place(in TensorView index, int k, int depth, ReadOnlySpan<int> dims, int first, string kernel)
    {
        int place = 0;
        for (int d = 0; d < depth; d++) place = (place * dims[first + d]) + Indices.Read(index, (k * depth) + d, dims[first + d], first + d, kernel);
        return place;
    }

    public static T Combine<T>(ScatterReduction reduction, T y, T u) where T : unmanaged, INumber<T> => reduction switch
    {
        ScatterReduction.Add => y + u,
        ScatterReduction.Multiply => y * u,
        ScatterReduction.Minimum => T.Min(y, u),
        ScatterReduction.Maximum => T.Max(y, u),
        _ => u,
    };
}
