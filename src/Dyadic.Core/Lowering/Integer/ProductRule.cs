using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Two Dequantize → MatMul (→ Mul or Div by a constant) → Quantize: a product of activations; equation (15) of docs/equations/lowering.md.</summary>
internal static class ProductRule
{
    public static StepGroup? Match(QuantizedPatterns patterns, QuantizedTail tail, Node node)
    {
        if (Scaled(patterns, node) is not { } scaled) return null;
        Node product = scaled.Product;
        QuantizedInput? a = patterns.Codes(product.Inputs[0]), b = patterns.Codes(product.Inputs[1]);
        if (a is null || b is null) return patterns.Choice.Refuse(product, $"its input '{product.Inputs[a is null ? 0 : 1].Name}' is not quantised to 8 bits");
        int inner = patterns.Bound.DimsOf(a.Codes)[^1];
        IntProduct step = new(DyadicScale.Nearest(a.Scale * b.Scale * scaled.Factor / tail.Scale), a.Format, b.Format, tail.Format, inner);
        Node[] fused = [.. new[] { a.Dequantize, b.Dequantize, product, node }.Distinct(), .. tail.Clamps];
        return new([a.Codes, b.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(node.Output))], step, fused);
    }

    /// <summary>True for products of which no factor is fixed.</summary>
    public static bool IsOfActivations(QuantizedPatterns patterns, Node product) => product.Op is MatMul && !product.Inputs.Any(patterns.Bound.Fixed.Contains);

    // The product itself, or with a positive factor behind it that nobody else sees through.
    private static (Node Product, double Factor)? Scaled(QuantizedPatterns patterns, Node node)
    {
        if (IsOfActivations(patterns, node)) return (node, 1);
        if (node.Op is not (Mul or Div)) return null;
        int side = patterns.Bound.Fixed.Contains(node.Inputs[0]) ? 1 : 0;
        if ((side == 1 && node.Op is Div) || !patterns.Bound.Fixed.Contains(node.Inputs[1 - side]) || patterns.Bound.TypeOf(node.Inputs[1 - side]).Shape.Length != 1) return null;
        double number = patterns.Bound.Fixed.DoublesOf(node.Inputs[1 - side])[0], factor = node.Op is Div ? 1 / number : number;
        return factor > 0 && double.IsFinite(factor) && patterns.Bound.SoleProducer(node.Inputs[side]) is { } product && IsOfActivations(patterns, product) ? (product, factor) : null;
    }
}
