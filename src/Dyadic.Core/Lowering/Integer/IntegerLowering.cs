using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>Finds the groups Dequantize → op → Quantize that become integer steps, from the outputs backwards.</summary>
internal static class IntegerLowering
{
    public static IntegerChoice Choose(BoundGraph bound)
    {
        IntegerChoice choice = new();
        QuantizedPatterns patterns = new(bound, choice);
        HashSet<Value> wanted = [.. bound.Graph.Outputs];
        for (int i = bound.Graph.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = bound.Graph.Nodes[i];
            if (!node.Outputs.Any(wanted.Contains) || bound.Fixed.Contains(node)) continue;
            choice.Need(node);
            IntegerGroup? group = Match(patterns, node);
            if (group is not null) choice.Groups[node] = group;
            wanted.UnionWith(group?.Reads ?? node.Inputs);
        }
        return choice;
    }

    // A refusal inside of a step's constructor (accumulator bound, scale out of range) names the node.
    private static IntegerGroup? Match(QuantizedPatterns patterns, Node node)
    {
        try
        {
            return node.Op is QuantizeLinear ? Quantized(patterns, node) : CodeRules.Match(patterns, node);
        }
        catch (Exception e) when (e is PlanException or PrecisionException)
        {
            throw new PlanException($"plan: node '{node.Name}': {e.Message}", e);
        }
    }

    private static IntegerGroup? Quantized(QuantizedPatterns patterns, Node node)
    {
        if (patterns.Tail(node) is not { } tail) return patterns.Choice.Refuse(node, "its scale or zero point is no constant of 8 bits for the whole tensor");
        if (patterns.Graph.ProducerOf(tail.Head) is not { } producer) return patterns.Choice.Refuse(node, $"its input '{tail.Head.Name}' is real");
        IntegerGroup? group = producer.Op switch
        {
            DequantizeLinear => ElementwiseRules.Requantize(patterns, tail, producer),
            Conv conv => ContractionRules.Conv(patterns, tail, producer, conv),
            MatMul => ContractionRules.Linear(patterns, tail, producer, null),
            Add when ContractionRules.ProductOf(patterns, producer) is { } product => ContractionRules.Linear(patterns, tail, product.Node, (producer, product.Bias)),
            Add => ElementwiseRules.Add(patterns, tail, producer),
            Mul => ElementwiseRules.Multiply(patterns, tail, producer),
            MaxPool pool => PoolRules.Max(patterns, tail, producer, pool),
            AveragePool pool => PoolRules.Average(patterns, tail, producer, pool),
            ReduceMean mean => PoolRules.Mean(patterns, tail, producer, mean.Axes),
            GlobalAveragePool => PoolRules.Mean(patterns, tail, producer, [.. Enumerable.Range(2, producer.Output.Shape.Rank - 2)]),
            Concat concat => CodeRules.Concat(patterns, tail, producer, concat),
            _ => null,
        };
        return group ?? LookupRule.Match(patterns, tail, producer);
    }
}
