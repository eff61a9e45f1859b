using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>d = x − mean(x); y = d/√(mean(d²) + ε)·scale (+ bias) along the last axis, as written before there was an op for it.</summary>
internal static class LayerNormRule
{
    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        if (Find(bound, node) is not { } found) return null;
        LayerNormStep step = new(bound.TypeOf(found.X).Shape.Rank - 1, found.Epsilon);
        Value[] reads = found.Bias is null ? [found.X, found.Scale] : [found.X, found.Scale, found.Bias];
        return new(reads, [new(step, DType.Float32, bound.DimsOf(node.Output))], step, [.. found.Nodes.Where(n => n != node)]);
    }

    /// <summary>The normalisation that ends in <paramref name="node"/>, with its nodes in order, or null.</summary>
    public static (Value X, Value Scale, Value? Bias, float Epsilon, IReadOnlyList<Node> Nodes)? Find(BoundGraph bound, Node node)
    {
        List<Node> nodes = [node];
        Value? bias = null;
        Node? scaled = node;
        if (node.Op is Add)
        {
            if (Row(bound, node) is not { } shift) return null;
            bias = shift.Row;
            scaled = Push(nodes, bound.SoleProducer(shift.Other));
        }
        if (scaled?.Op is not Mul || Row(bound, scaled) is not { } factor) return null;
        if (Push(nodes, bound.SoleProducer(factor.Other)) is not { Op: Div } normal || Deviation(bound, normal, nodes) is not { } epsilon) return null;
        if (Center(bound, normal.Inputs[0], nodes) is not { } x || bound.TypeOf(x) != bound.TypeOf(node.Output)) return null;
        nodes.Reverse();
        return (x, factor.Row, bias, epsilon, nodes);
    }

    // √(mean(d²) + ε) as the divisor of d: ε.
    private static float? Deviation(BoundGraph bound, Node normal, List<Node> nodes)
    {
        if (Push(nodes, bound.SoleProducer(normal.Inputs[1])) is not { Op: Sqrt } root) return null;
        if (Push(nodes, bound.SoleProducer(root.Inputs[0])) is not { Op: Add } sum) return null;
        int side = bound.Fixed.Contains(sum.Inputs[0]) ? 1 : 0;
        if (Scalar(bound, sum.Inputs[1 - side]) is not { } epsilon) return null;
        if (Push(nodes, bound.SoleProducer(sum.Inputs[side])) is not { Op: ReduceMean } mean || !IsAlongRows(bound, mean)) return null;
        if (Push(nodes, bound.SoleProducer(mean.Inputs[0])) is not { } square || square.Inputs[0] != normal.Inputs[0]) return null;
        bool squares = square.Op is Pow ? Scalar(bound, square.Inputs[1]) == 2 : square.Op is Mul && square.Inputs[1] == square.Inputs[0];
        return squares ? (float)epsilon : null;
    }

    // d = x − mean(x), read by the square and the quotient only: x.
    private static Value? Center(BoundGraph bound, Value d, List<Node> nodes)
    {
        if (bound.Graph.Outputs.Contains(d) || bound.Graph.ConsumersOf(d).Count() != 2) return null;
        if (Push(nodes, bound.Graph.ProducerOf(d)) is not { Op: Sub } center) return null;
        if (Push(nodes, bound.SoleProducer(center.Inputs[1])) is not { Op: ReduceMean } mean || !IsAlongRows(bound, mean)) return null;
        return mean.Inputs[0] == center.Inputs[0] ? center.Inputs[0] : null;
    }

    // A constant for each element of a row, and what it is combined with.
    private static (Value Row, Value Other)? Row(BoundGraph bound, Node node)
    {
        Shape y = bound.TypeOf(node.Output).Shape;
        for (int side = 0; side < 2; side++)
        {
            Shape row = bound.TypeOf(node.Inputs[side]).Shape;
            if (bound.Fixed.Contains(node.Inputs[side]) && y.Rank > 0 && row.Rank > 0 && row[-1] == y[-1] && row.Length == y[-1] && row.Rank <= y.Rank)
                return (node.Inputs[side], node.Inputs[1 - side]);
        }
        return null;
    }

    private static bool IsAlongRows(BoundGraph bound, Node mean) =>
        mean.Op is ReduceMean { KeepDims: true, Axes: [var axis] } && (axis == -1 || axis == bound.TypeOf(mean.Inputs[0]).Shape.Rank - 1);

    private static double? Scalar(BoundGraph bound, Value value) =>
        bound.Fixed.Contains(value) && bound.TypeOf(value).Shape.Length == 1 ? bound.Fixed.DoublesOf(value)[0] : null;

    private static Node? Push(List<Node> nodes, Node? node)
    {
        if (node is not null) nodes.Add(node);
        return node;
    }
}
