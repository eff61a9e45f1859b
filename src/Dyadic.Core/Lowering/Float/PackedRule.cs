using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>
/// Conv, MatMul, or ConvTranspose whose windows lie side by side, with constant weights (→ scales and shifts of channels) (→ Add of a value of the same shape) (→ Relu, Clip); equation (14).
/// </summary>
internal static class PackedRule
{
    private const int MostClamps = 16;

    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        Clamp clamp = Clamp.None;
        List<Node> nodes = [];
        Node head = node;
        while (nodes.Count < MostClamps && ClampOf(head) is { } bounds)
        {
            if (bound.SoleProducer(head.Inputs[0]) is not { } before) return null;
            clamp = bounds.Then(clamp);
            nodes.Add(head);
            head = before;
        }
        if (PackedChain.Of(bound, head) is { } chain) return Group(bound, node, chain, null, clamp, nodes);
        if (head.Op is not Add || Residual(bound, head) is not { } sum) return null;
        nodes.Add(head);
        return Group(bound, node, sum.Chain, sum.Other, clamp, nodes);
    }

    private static StepGroup Group(BoundGraph bound, Node node, PackedChain chain, Value? residual, Clamp clamp, List<Node> after)
    {
        Step step = chain.Build(clamp, residual is not null);
        Value[] reads = residual is null ? [chain.Input] : [chain.Input, residual];
        after.Reverse();
        return new(reads, [new(step, DType.Float32, bound.DimsOf(node.Output))], step, [.. chain.Nodes.Concat(after).Where(n => n != node)]);
    }

    // Of two chains the later one takes the sum: both run where they stand in the graph.
    private static (PackedChain Chain, Value Other)? Residual(BoundGraph bound, Node add)
    {
        (Value a, Value b) = (add.Inputs[0], add.Inputs[1]);
        if (a == b || bound.Fixed.Contains(a) || bound.Fixed.Contains(b) || bound.TypeOf(a) != bound.TypeOf(b)) return null;
        if (bound.SoleProducer(a) is { } first && bound.SoleProducer(b) is { } second && bound.Place(first) > bound.Place(second)) (a, b) = (b, a);
        return Chain(b) is { } later ? (later, a) : Chain(a) is { } chain ? (chain, b) : null;

        PackedChain? Chain(Value end) => bound.SoleProducer(end) is { } node && PackedChain.Of(bound, node) is { TakesResidual: true } chain ? chain : null;
    }

    private static Clamp? ClampOf(Node node) => node.Op switch
    {
        Relu => Clamp.Relu,
        Clip clip => new((float)(clip.Low ?? double.NegativeInfinity), (float)(clip.High ?? double.PositiveInfinity)),
        _ => null,
    };
}
