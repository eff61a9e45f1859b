using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;

namespace Dyadic.Ops;

/// <summary>An op whose output sizes depend on the data: shapes are inferred with a symbol, and only a run knows the size.</summary>
/// <param name="Count">The name of the unknown size.</param>
public abstract record CountingOp(string Count) : Op
{
    /// <inheritdoc/>
    public sealed override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public sealed override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        throw new Runtime.PlanException($"{Name}: the size of its result depends on the data, so that it has no place in a plan. Run the graph node by node.");

    /// <inheritdoc/>
    public sealed override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        _ = Infer(TypesOf(inputs));
        return Find(inputs.ToArray());
    }

    /// <summary>The outputs for inputs that fit.</summary>
    private protected abstract Tensor[] Find(Tensor[] inputs);
}

/// <summary>The indices of the elements of x that are not 0 (NaN is not), in row-major order, one column each. Shapes: x [rank axes] → y Int64 [rank, count].</summary>
/// <param name="Count">The name of the unknown size.</param>
public sealed record NonZero(string Count = "nonzero") : CountingOp(Count)
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(DType.Int64, [inputs[0].Shape.Rank, Dim.Symbol(Count)])];

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        bool[] set = inputs[0].Cast(DType.Bool).ToArray<bool>();
        int[] dims = inputs[0].Shape.ToArray(), places = [.. Enumerable.Range(0, set.Length).Where(i => set[i])];
        long[] indices = new long[dims.Length * places.Length];
        for (int k = 0; k < places.Length; k++)
        {
            int rest = places[k];
            for (int axis = dims.Length - 1; axis >= 0; axis--)
            {
                indices[(axis * places.Length) + k] = rest % dims[axis];
                rest /= dims[axis];
            }
        }
        return [Tensor.From(indices, Shape.Of(dims.Length, places.Length))];
    }
}

/// <summary>
/// The slices of x along an axis, or its elements in row-major order, for which a condition holds; conditions that are missing at the end are false.
/// Inputs x, condition. Shapes: x [o…, n, i…], condition Bool [≤ n] → y [o…, count, i…], or [count].
/// </summary>
/// <param name="Axis">The axis, negative counting from the end; null for all elements of x.</param>
/// <param name="Count">The name of the unknown size.</param>
public sealed record Compress(int? Axis, string Count = "compressed") : CountingOp(Count), IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[1].Type == DType.Bool && inputs[1].Shape.Rank == 1, $"Compress: the condition is {inputs[1]}; a Bool vector is needed.");
        return [new(inputs[0].Type, Axis is { } axis ? inputs[0].Shape.With(inputs[0].Shape.Axis(axis, Name), Dim.Symbol(Count)) : [Dim.Symbol(Count)])];
    }

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        Tensor x = Axis is null ? inputs[0].Reshape(-1) : inputs[0];
        int axis = x.Shape.Axis(Axis ?? 0, Name);
        bool[] condition = inputs[1].ToArray<bool>();
        Ensure.Shape(condition.Length <= x.Shape[axis].Size, $"Compress: {condition.Length} conditions for axis {axis} of {x.Shape}.");
        long[] chosen = [.. Enumerable.Range(0, condition.Length).Where(i => condition[i]).Select(i => (long)i)];
        return [x.Gather(Tensor.Vector(chosen), axis)];
    }
}

/// <summary>
/// The different slices of x along an axis, or its different elements; where each comes first; which of them stands in each place of x; how often each occurs
/// (Int64). Strings ascend by code points. Shapes: x → y [o…, count, i…] or [count], first [count], inverse [n], counts [count].
/// </summary>
/// <param name="Axis">The axis, negative counting from the end; null for all elements of x.</param>
/// <param name="Sorted">Ascending, else in the order of their first occurrence.</param>
/// <param name="Count">The name of the unknown size.</param>
public sealed record Unique(int? Axis = null, bool Sorted = true, string Count = "unique") : CountingOp(Count), IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        Dim count = Dim.Symbol(Count), places = Axis is { } a ? x[x.Axis(a, Name)] : x.Aggregate((Dim)1, (p, d) => p * d);
        return
        [
            new(inputs[0].Type, Axis is { } axis ? x.With(x.Axis(axis, Name), count) : [count]),
            new(DType.Int64, [count]), new(DType.Int64, [places]), new(DType.Int64, [count]),
        ];
    }

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        Tensor x = Axis is null ? inputs[0].Reshape(-1) : inputs[0];
        int axis = x.Shape.Axis(Axis ?? 0, Name), n = x.Shape[axis];
        int[] perm = [axis, .. Enumerable.Range(0, x.Rank).Where(a => a != axis)];
        Tensor rows = x.Apply(new Transpose([.. perm]));
        IComparer<int> order = RowOrder.Of(rows, n);
        int[] sorted = [.. Enumerable.Range(0, n).Order(order)];       // stable: of equal rows the first comes first
        List<int> first = [];
        int[] group = new int[n];
        List<long> counts = [];
        for (int i = 0; i < n; i++)
        {
            if (i == 0 || order.Compare(sorted[i - 1], sorted[i]) != 0)
            {
                first.Add(sorted[i]);
                counts.Add(0);
            }
            group[sorted[i]] = first.Count - 1;
            counts[^1]++;
        }
        int[] places = [.. Enumerable.Range(0, first.Count)];
        if (!Sorted) places = [.. places.OrderBy(p => first[p])];
        int[] rank = new int[places.Length];
        for (int i = 0; i < places.Length; i++) rank[places[i]] = i;
        Tensor firsts = Tensor.Vector<long>([.. places.Select(p => (long)first[p])]);
        return [x.Gather(firsts, axis), firsts, Tensor.Vector<long>([.. group.Select(g => (long)rank[g])]), Tensor.Vector<long>([.. places.Select(p => counts[p])])];
    }
}

/// <summary>Lexicographic order of the rows of a matrix of numbers.</summary>
internal static class RowOrder
{
    public static IComparer<int> Of(Tensor rows, int count) => rows.Type switch
    {
        DType.Int64 => new Rows<long>(rows.ToArray<long>(), count),
        DType.UInt64 => new Rows<ulong>(rows.ToArray<ulong>(), count),
        _ => new Rows<double>(rows.Cast(DType.Float64).ToArray<double>(), count),       // exact for every other type
    };

    private sealed class Rows<T>(T[] values, int count) : IComparer<int> where T : IComparable<T>
    {
        private readonly int _width = count == 0 ? 0 : values.Length / count;

        public int Compare(int i, int j)
        {
            for (int k = 0; k < _width; k++)
                if (values[(i * _width) + k].CompareTo(values[(j * _width) + k]) is var order && order != 0) return order;
            return 0;
        }
    }
}

/// <summary>Choices whose number depends on the data.</summary>
public static class CountingExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.NonZero"/>
        public Tensor NonZero() => x.Apply(new NonZero());

        /// <inheritdoc cref="Ops.Compress"/>
        public Tensor Compress(Tensor condition, int? axis = null) => x.Apply(new Compress(axis), condition);

        /// <inheritdoc cref="Ops.Unique"/>
        public (Tensor Values, Tensor First, Tensor Inverse, Tensor Counts) Unique(int? axis = null, bool sorted = true) =>
            Door.Run(new Unique(axis, sorted), x) is [var y, var first, var inverse, var counts] ? (y, first, inverse, counts) : default;
    }
}
