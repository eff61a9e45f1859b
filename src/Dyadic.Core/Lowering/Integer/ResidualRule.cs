using Dyadic.Ir;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>A convolution or matrix product whose codes only a sum reads: both are one step, and the other term is its residual; equation (4) of docs/equations/lowering.md.</summary>
internal static class ResidualRule
{
    /// <summary>Two Dequantize → Add (→ Relu, Clip) → Quantize, of equal shapes, one behind a contraction of its own; null where there is none.</summary>
    public static StepGroup? Match(QuantizedPatterns patterns, QuantizedTail tail, Node add)
    {
        if (patterns.Codes(add.Inputs[0]) is not { } a || patterns.Codes(add.Inputs[1]) is not { } b || a.Codes == b.Codes) return null;
        if (patterns.Bound.TypeOf(a.Codes).Shape != patterns.Bound.TypeOf(b.Codes).Shape) return null;
        // Of two contractions the later one takes the sum: the other has run by then.
        if (End(patterns, add, 0) is { } first && End(patterns, add, 1) is { } second && patterns.Bound.Place(first) > patterns.Bound.Place(second))
            return Group(patterns, tail, add, a, b, first) ?? Group(patterns, tail, add, b, a, second);
        return Group(patterns, tail, add, b, a, End(patterns, add, 1)) ?? Group(patterns, tail, add, a, b, End(patterns, add, 0));
    }

    // The quantisation whose codes the sum alone reads on this side.
    private static Node? End(QuantizedPatterns patterns, Node add, int side) =>
        patterns.Bound.SoleProducer(add.Inputs[side]) is { } dequantize ? patterns.Bound.SoleProducer(dequantize.Inputs[0]) : null;

    private static StepGroup? Group(QuantizedPatterns patterns, QuantizedTail tail, Node add, QuantizedInput q, QuantizedInput residual, Node? end)
    {
        if (end is null || IntegerLowering.Contraction(patterns, end) is not { Stages: [_], Main: IntContraction { IsDepthwise: false } product } group || product.To != q.Format) return null;
        IntContraction step = product.WithResidual(DyadicScale.Nearest(q.Scale / tail.Scale), DyadicScale.Nearest(residual.Scale / tail.Scale), residual.Format, tail.Format);
        return new([.. group.Reads, residual.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(q.Codes))], step,
            [.. group.Fused, end, q.Dequantize, residual.Dequantize, add, .. tail.Clamps]);
    }
}
