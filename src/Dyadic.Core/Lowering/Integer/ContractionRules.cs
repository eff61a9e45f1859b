using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Convolutions and matrix products with constant weights; equations (1)–(3) of docs/equations/lowering.md.</summary>
internal static class ContractionRules
{
    /// <summary>Dequantize → Conv (→ Relu, Clip) → Quantize.</summary>
    public static StepGroup? Conv(QuantizedPatterns patterns, QuantizedTail tail, Node node, Conv conv)
    {
        if (patterns.Codes(node.Inputs[0]) is not { } x) return patterns.Choice.Refuse(node, $"its input '{node.Inputs[0].Name}' is not quantised to 8 bits");
        if (patterns.Weight(node, node.Inputs[1], axis: 0) is not { } w) return null;
        int[]? bias = node.Inputs.Count > 2 ? patterns.Bias(node.Inputs[2], x.Scale, w.Scales) : new int[w.Scales.Length];
        if (bias is null) return patterns.Choice.Refuse(node, $"its bias '{node.Inputs[2].Name}' is no constant");
        Window window = SlidingWindows.Lift(SlidingWindows.Spatial(node.Inputs[1].Shape).Span, conv.Strides, conv.Pads, conv.Dilations);
        IntConv step = new(w.Codes, bias, Scales(x.Scale, w.Scales, tail.Scale), window, conv.Groups, x.Format, tail.Format);
        return new([x.Codes], Lifted(step, tail.Format.Type, patterns.Bound.DimsOf(x.Codes), patterns.Bound.DimsOf(node.Output)), step,
            [.. Dequantizers(patterns, node, x), node, .. tail.Clamps]);
    }

    /// <summary>Dequantize → MatMul (→ Add of a bias) (→ Relu, Clip) → Quantize.</summary>
    public static StepGroup? Linear(QuantizedPatterns patterns, QuantizedTail tail, Node product, (Node Node, Value Bias)? add)
    {
        if (patterns.Codes(product.Inputs[0]) is not { } x) return patterns.Choice.Refuse(product, $"its input '{product.Inputs[0].Name}' is not quantised to 8 bits");
        Shape shape = product.Inputs[1].Shape;
        if (shape.Rank != 2) return patterns.Choice.Refuse(product, $"its right side {shape} is no matrix of constants");
        if (patterns.Weight(product, product.Inputs[1], axis: 1) is not { } w) return null;
        int[]? bias = add is { } a ? patterns.Bias(a.Bias, x.Scale, w.Scales) : new int[w.Scales.Length];
        if (bias is null) return patterns.Choice.Refuse(add!.Value.Node, $"its bias '{add.Value.Bias.Name}' is no constant of {w.Scales.Length} values");
        DyadicScale[] scales = Scales(x.Scale, w.Scales, tail.Scale);
        IntStep step = tail.Format.IsWide ? new IntWideLinear(w.Codes, bias, scales, x.Format, tail.Format) : new IntLinear(w.Codes, bias, scales, x.Format, tail.Format);
        Node last = add?.Node ?? product;
        Node[] fused = [.. Dequantizers(patterns, product, x), product, .. add is { } bias2 ? [.. Dequantizers(patterns, bias2.Node, x), bias2.Node] : (Node[])[], .. tail.Clamps];
        return new([x.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(last.Output))], step, [.. fused.Distinct()]);
    }

    /// <summary>The matrix product to which <paramref name="add"/> adds a constant, and that constant; null when there is none.</summary>
    public static (Node Node, Value Bias)? ProductOf(QuantizedPatterns patterns, Node add)
    {
        for (int side = 0; side < 2; side++)
        {
            Value bias = add.Inputs[1 - side];
            bool constant = bias.IsConstant || patterns.Graph.ProducerOf(bias) is { Op: DequantizeLinear, Inputs: [{ IsConstant: true }, ..] };
            if (constant && patterns.Graph.ProducerOf(add.Inputs[side]) is { Op: MatMul } product && product.Inputs[1].Shape.Rank == 2
                && bias.Shape.IsKnown && bias.Shape.Length == product.Inputs[1].Shape[1] && bias.Shape.Length == bias.Shape[-1])
                return (product, bias);
        }
        return null;
    }

    // m·2⁻ˢ ≈ S_x·S_w[c]/S_y                                                                        // (2)
    private static DyadicScale[] Scales(double x, double[] w, double y) => Array.ConvertAll(w, s => DyadicScale.Nearest(x * s / y));

    // One-dimensional convolutions run as images of height 1.
    private static StepStage[] Lifted(IntConv step, DType type, int[] from, int[] to)
    {
        if (from.Length == 4) return [new(step, type, to)];
        return
        [
            new(new IntReshape(), step.From.Type, [from[0], from[1], 1, from[2]]),
            new(step, type, [to[0], to[1], 1, to[2]]),
            new(new IntReshape(), type, to),
        ];
    }

    // The dequantisations that the step absorbs.
    private static IEnumerable<Node> Dequantizers(QuantizedPatterns patterns, Node node, QuantizedInput x) =>
        node.Inputs.Select(patterns.Graph.ProducerOf).OfType<Node>().Where(n => n.Op is DequantizeLinear).Append(x.Dequantize).Distinct();
}
