using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// How a contiguous input is reduced: neighbouring axes that are all kept or all reduced are merged; the innermost group is either a run
/// that shrinks to one number or a row that is kept.
/// </summary>
/// <remarks>Output row i is the combination of <see cref="Terms"/> rows of the input, each of <see cref="Width"/> elements.</remarks>
internal unsafe struct ReduceLayout
{
    private const int MaxLevels = 8;

    private fixed int _kept[MaxLevels], _keptStrides[MaxLevels], _reduced[MaxLevels], _reducedStrides[MaxLevels];   // innermost first
    private int _keptLevels, _reducedLevels;

    /// <summary>True when the innermost group is reduced.</summary>
    public bool InnerReduced { get; private set; }

    /// <summary>The size of the innermost group.</summary>
    public int Width { get; private set; }

    /// <summary>The number of input rows that make one output row.</summary>
    public int Terms { get; private set; }

    /// <summary>The number of output rows (numbers when the innermost group is reduced).</summary>
    public int Outputs { get; private set; }

    /// <summary>The distance of the terms of neighbouring output rows in the input; null where it is not the same for all.</summary>
    public readonly int? OutputStride => _keptLevels <= 1 ? _keptStrides[0] : null;

    /// <summary>The layout for an input of dimensions <paramref name="dims"/> whose <paramref name="axes"/> vanish; all when empty.</summary>
    public static ReduceLayout Over(ReadOnlySpan<int> axes, ReadOnlySpan<int> dims)
    {
        Span<bool> reduce = stackalloc bool[dims.Length];
        if (axes.Length == 0) reduce.Fill(true);
        else foreach (int axis in axes) reduce[axis] = true;
        return Of(dims, reduce);
    }

    /// <summary>The layout for an input of dimensions <paramref name="dims"/>; <paramref name="reduce"/> tells the axes that vanish.</summary>
    public static ReduceLayout Of(ReadOnlySpan<int> dims, ReadOnlySpan<bool> reduce)
    {
        ReduceLayout layout = new() { Width = 1, Terms = 1, Outputs = 1 };
        int axis = dims.Length - 1, stride = 1;
        while (axis >= 0 && dims[axis] == 1) axis--;
        layout.InnerReduced = axis >= 0 && reduce[axis];
        for (; axis >= 0 && (dims[axis] == 1 || reduce[axis] == layout.InnerReduced); axis--) layout.Width *= dims[axis];
        stride = layout.Width;
        while (axis >= 0)
        {
            bool reduced = reduce[axis];
            int size = 1;
            for (; axis >= 0 && (dims[axis] == 1 || reduce[axis] == reduced); axis--) size *= dims[axis];
            layout.Push(reduced, size, stride);
            stride *= size;
        }
        return layout;
    }

    private void Push(bool reduced, int size, int stride)
    {
        int level = reduced ? _reducedLevels++ : _keptLevels++;
        if (level == MaxLevels) throw new ShapeException($"Reducing alternates over more than {2 * MaxLevels} groups of axes. Transpose the input.");
        if (reduced) (_reduced[level], _reducedStrides[level], Terms) = (size, stride, Terms * size);
        else (_kept[level], _keptStrides[level], Outputs) = (size, stride, Outputs * size);
    }

    /// <summary>Where term <paramref name="term"/> of output row <paramref name="output"/> starts in the input.</summary>
    public readonly int Offset(int output, int term)
    {
        int offset = 0;
        for (int level = 0; level < _keptLevels; level++)
        {
            offset += output % _kept[level] * _keptStrides[level];
            output /= _kept[level];
        }
        for (int level = 0; level < _reducedLevels; level++)
        {
            offset += term % _reduced[level] * _reducedStrides[level];
            term /= _reduced[level];
        }
        return offset;
    }
}
