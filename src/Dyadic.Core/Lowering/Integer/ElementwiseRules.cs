using Dyadic.Ir;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Sums and products of two quantised values, and changes of scale; equations (4)–(6) of docs/equations/lowering.md.</summary>
internal static class ElementwiseRules
{
    /// <summary>Two Dequantize → Add (→ Relu, Clip) → Quantize, of equal shapes.</summary>
    public static StepGroup? Add(QuantizedPatterns patterns, QuantizedTail tail, Node node) =>
        Binary(patterns, tail, node, (a, b) => new IntAdd(
            DyadicScale.Nearest(a.Scale / tail.Scale), a.Format, DyadicScale.Nearest(b.Scale / tail.Scale), b.Format, tail.Format));

    /// <summary>Two Dequantize → Mul (→ Relu, Clip) → Quantize, of equal shapes.</summary>
    public static StepGroup? Multiply(QuantizedPatterns patterns, QuantizedTail tail, Node node) =>
        Binary(patterns, tail, node, (a, b) => new IntMul(DyadicScale.Nearest(a.Scale * b.Scale / tail.Scale), a.Format, b.Format, tail.Format));

    /// <summary>Dequantize (→ Relu, Clip) → Quantize: nothing at all where both have the same parameters and the clamp changes nothing, else a table.</summary>
    public static StepGroup? Requantize(QuantizedPatterns patterns, QuantizedTail tail, Node node)
    {
        if (patterns.Codes(node.Output) is not { } x) return patterns.Choice.Refuse(node, "it is not of 8 bits for the whole tensor");
        Node[] fused = [node, .. tail.Clamps];
        bool same = x.Scale == tail.Scale && x.Format.Type == tail.Format.Type && x.Format.Zero == tail.Format.Zero;
        if (same && x.Format.Lo >= tail.Format.Lo && x.Format.Hi <= tail.Format.Hi) return new([x.Codes], [], null, fused);
        IntLookup step = IntLookup.Requantize(DyadicScale.Nearest(x.Scale / tail.Scale), x.Format, tail.Format);
        return new([x.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(x.Codes))], step, fused);
    }

    private static StepGroup? Binary(QuantizedPatterns patterns, QuantizedTail tail, Node node, Func<QuantizedInput, QuantizedInput, IntStep> make)
    {
        QuantizedInput? a = patterns.Codes(node.Inputs[0]), b = patterns.Codes(node.Inputs[1]);
        if (a is null && b is null) return null;
        if (a is null || b is null)
            return patterns.Choice.Refuse(node, $"its input '{node.Inputs[a is null ? 0 : 1].Name}' is not quantised to 8 bits");
        if (patterns.Bound.TypeOf(a.Codes).Shape != patterns.Bound.TypeOf(b.Codes).Shape)
            return patterns.Choice.Refuse(node, $"its inputs {a.Codes.Shape} and {b.Codes.Shape} broadcast");
        IntStep step = make(a, b);
        return new([a.Codes, b.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(a.Codes))], step, [a.Dequantize, b.Dequantize, node, .. tail.Clamps]);
    }
}
