using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Lowering;

/// <summary>Finds the groups Dequantize → op → Quantize that become integer steps.</summary>
internal static class IntegerLowering
{
    /// <summary>The group that ends in <paramref name="node"/>, or null where there is none.</summary>
    public static StepGroup? Match(QuantizedPatterns patterns, Node node) =>
        node.Op is QuantizeLinear ? Quantized(patterns, node) : CodeRules.Match(patterns, node);

    private static StepGroup? Quantized(QuantizedPatterns patterns, Node node)
    {
        if (patterns.Tail(node) is not { } tail) return patterns.Choice.Refuse(node, "its scale or zero point is no constant of 8 or signed 16 bits for the whole tensor");
        if (patterns.Graph.ProducerOf(tail.Head) is not { } producer) return patterns.Choice.Refuse(node, $"its input '{tail.Head.Name}' is real");
        StepGroup? bytes = tail.Format.IsWide ? null : OfBytes(patterns, tail, producer) ?? LookupRule.Match(patterns, tail, producer);
        return bytes ?? Wide(patterns, tail, producer);
    }

    // From 8 bits to 8 bits.
    private static StepGroup? OfBytes(QuantizedPatterns patterns, QuantizedTail tail, Node producer) => producer.Op switch
    {
        DequantizeLinear => ElementwiseRules.Requantize(patterns, tail, producer),
        Conv => Contraction(patterns, tail, producer),
        Add when ContractionRules.ProductOf(patterns, producer) is null => ResidualRule.Match(patterns, tail, producer) ?? ElementwiseRules.Add(patterns, tail, producer),
        Mul => ElementwiseRules.Multiply(patterns, tail, producer),
        MaxPool pool => PoolRules.Max(patterns, tail, producer, pool),
        AveragePool pool => PoolRules.Average(patterns, tail, producer, pool),
        ReduceMean mean => PoolRules.Mean(patterns, tail, producer, mean.Axes),
        GlobalAveragePool => PoolRules.Mean(patterns, tail, producer, [.. Enumerable.Range(2, producer.Output.Shape.Rank - 2)]),
        Concat concat => CodeRules.Concat(patterns, tail, producer, concat),
        _ => null,
    };

    // From or to 16 bits as well.
    private static StepGroup? Wide(QuantizedPatterns patterns, QuantizedTail tail, Node producer) => producer.Op switch
    {
        MatMul when !ProductRule.IsOfActivations(patterns, producer) => Contraction(patterns, tail, producer),
        Add when ContractionRules.ProductOf(patterns, producer) is not null => Contraction(patterns, tail, producer),
        MatMul or Mul or Div => ProductRule.Match(patterns, tail, producer),
        Add or DequantizeLinear => RowRules.Sum(patterns, tail, producer),
        Softmax softmax => RowRules.Softmax(patterns, tail, producer, softmax),
        LayerNormalization norm => RowRules.LayerNorm(patterns, tail, producer, norm),
        _ => null,
    };

    /// <summary>The group of a convolution or matrix product that ends in <paramref name="quantize"/>, or null where there is none.</summary>
    public static StepGroup? Contraction(QuantizedPatterns patterns, Node quantize) =>
        quantize.Op is QuantizeLinear && patterns.Tail(quantize) is { } tail && patterns.Graph.ProducerOf(tail.Head) is { } producer ? Contraction(patterns, tail, producer) : null;

    private static StepGroup? Contraction(QuantizedPatterns patterns, QuantizedTail tail, Node producer) => producer.Op switch
    {
        Conv conv => ContractionRules.Conv(patterns, tail, producer, conv),
        MatMul => ContractionRules.Linear(patterns, tail, producer, null),
        Add when ContractionRules.ProductOf(patterns, producer) is { } product => ContractionRules.Linear(patterns, tail, product.Node, (producer, product.Bias)),
        _ => null,
    };
}
