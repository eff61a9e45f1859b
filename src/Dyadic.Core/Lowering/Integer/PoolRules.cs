using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Pooling of quantised values; equations (8) and (9) of docs/equations/lowering.md.</summary>
internal static class PoolRules
{
    /// <summary>Dequantize → MaxPool (→ Relu, Clip) → Quantize: the maximum of the codes, then a change of scale where there is one.</summary>
    public static StepGroup? Max(QuantizedPatterns patterns, QuantizedTail tail, Node node, MaxPool pool)
    {
        if (patterns.Codes(node.Inputs[0]) is not { } x) return patterns.Choice.Refuse(node, $"its input '{node.Inputs[0].Name}' is not quantised to 8 bits");
        IntMaxPool step = new(SlidingWindows.Lift(pool.Kernel.Span, pool.Strides, pool.Pads, pool.Dilations), x.Format);
        int[] from = patterns.Bound.DimsOf(x.Codes), to = patterns.Bound.DimsOf(node.Output);
        List<StepStage> stages = [.. Lifted(step, x.Format.Type, x.Format.Type, from, to)];
        bool same = x.Scale == tail.Scale && x.Format.Type == tail.Format.Type && x.Format.Zero == tail.Format.Zero
            && tail.Format.Lo <= x.Format.Lo && tail.Format.Hi >= x.Format.Hi;
        if (!same) stages.Add(new(IntLookup.Requantize(DyadicScale.Nearest(x.Scale / tail.Scale), x.Format, tail.Format), tail.Format.Type, to));
        return new([x.Codes], stages, step, [x.Dequantize, node, .. tail.Clamps]);
    }

    /// <summary>Dequantize → AveragePool (→ Relu, Clip) → Quantize.</summary>
    public static StepGroup? Average(QuantizedPatterns patterns, QuantizedTail tail, Node node, AveragePool pool)
    {
        if (patterns.Codes(node.Inputs[0]) is not { } x) return patterns.Choice.Refuse(node, $"its input '{node.Inputs[0].Name}' is not quantised to 8 bits");
        Window window = SlidingWindows.Lift(pool.Kernel.Span, pool.Strides, pool.Pads, pool.Dilations);
        bool padded = window.Top + window.Left + window.Bottom + window.Right > 0;
        if (pool.CeilMode && pool.CountIncludePad && padded) return patterns.Choice.Refuse(node, "padding counts in its means, but not what the last windows cover beyond it");
        bool fixedCount = !pool.CeilMode && (!padded || pool.CountIncludePad);
        double ratio = x.Scale / tail.Scale;
        DyadicScale[] scales = fixedCount
            ? [DyadicScale.Nearest(ratio / window.Taps)]
            : [.. Enumerable.Range(1, window.Taps).Select(n => DyadicScale.Nearest(ratio / n))];                // (9)
        IntAveragePool step = new(window, scales, x.Format, tail.Format);
        int[] from = patterns.Bound.DimsOf(x.Codes), to = patterns.Bound.DimsOf(node.Output);
        return new([x.Codes], Lifted(step, x.Format.Type, tail.Format.Type, from, to), step, [x.Dequantize, node, .. tail.Clamps]);
    }

    /// <summary>Dequantize → ReduceMean or GlobalAveragePool over neighbouring axes (→ Relu, Clip) → Quantize: an average over a window of the reduced size.</summary>
    public static StepGroup? Mean(QuantizedPatterns patterns, QuantizedTail tail, Node node, Dims reduced)
    {
        if (patterns.Codes(node.Inputs[0]) is not { } x) return patterns.Choice.Refuse(node, $"its input '{node.Inputs[0].Name}' is not quantised to 8 bits");
        int[] dims = patterns.Bound.DimsOf(x.Codes);
        int[] axes = reduced.Count == 0 ? [.. Enumerable.Range(0, dims.Length)] : [.. reduced.Select(a => a < 0 ? a + dims.Length : a).Order()];
        if (axes[0] == 0 || axes[^1] - axes[0] != axes.Length - 1) return patterns.Choice.Refuse(node, $"its axes {reduced} are not neighbours behind the batch");
        // [N, .., reduced.., ..] is seen as [N, before, reduced, after].
        int before = Product(dims[1..axes[0]]), count = Product(dims[axes[0]..(axes[^1] + 1)]), after = Product(dims[(axes[^1] + 1)..]);
        IntAveragePool step = after == 1 && axes.Length == 2
            ? new(new(dims[axes[0]], dims[axes[1]]), [DyadicScale.Nearest(x.Scale / tail.Scale / count)], x.Format, tail.Format)
            : new(new(count, 1), [DyadicScale.Nearest(x.Scale / tail.Scale / count)], x.Format, tail.Format);
        int[] seen = after == 1 && axes.Length == 2 ? [dims[0], before, dims[axes[0]], dims[axes[1]]] : [dims[0], before, count, after];
        int[] to = patterns.Bound.DimsOf(node.Output);
        List<StepStage> stages = [new(step, tail.Format.Type, [dims[0], before, 1, after])];
        if (!seen.SequenceEqual(dims)) stages.Insert(0, new(new IntReshape(), x.Format.Type, seen));
        if (!to.SequenceEqual(stages[^1].Dims)) stages.Add(new(new IntReshape(), tail.Format.Type, to));
        return new([x.Codes], stages, step, [x.Dequantize, node, .. tail.Clamps]);
    }

    // One-dimensional pooling runs on images of height 1.
    private static StepStage[] Lifted(IntStep step, DType read, DType written, int[] from, int[] to)
    {
        if (from.Length == 4) return [new(step, written, to)];
        return
        [
            new(new IntReshape(), read, [from[0], from[1], 1, from[2]]),
            new(step, written, [to[0], to[1], 1, to[2]]),
            new(new IntReshape(), written, to),
        ];
    }

    private static int Product(int[] dims) => dims.Aggregate(1, (a, b) => a * b);
}
