using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>Conv or MatMul with constant weights (→ scales and shifts of channels) (→ Add of a value of the same shape) (→ Relu, Clip); equation (14).</summary>
internal static class PackedRule
{
    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        Clamp clamp = Clamp.None;
        List<Node> nodes = [];
        Node head = node;
        while (ClampOf(head) is { } bounds)
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

    // Of two chains the later one takes the sum, so that the other is ready.
    private static (PackedChain Chain, Value Other)? Residual(BoundGraph bound, Node add)
    {
        (PackedChain Chain, Value Other)? best = null;
        int latest = -1;
        for (int side = 0; side < 2; side++)
        {
            Value other = add.Inputs[1 - side];
            if (other == add.Inputs[side] || bound.Fixed.Contains(other) || bound.TypeOf(other).Shape != bound.TypeOf(add.Output).Shape) continue;
            if (bound.SoleProducer(add.Inputs[side]) is not { } producer || bound.Place(producer) < latest) continue;
            if (bound.TypeOf(producer.Output).Shape != bound.TypeOf(add.Output).Shape || PackedChain.Of(bound, producer) is not { } chain) continue;
            (best, latest) = ((chain, other), bound.Place(producer));
        }
        return best;
    }

    private static Clamp? ClampOf(Node node) => node.Op switch
    {
        Relu => Clamp.Relu,
        Clip clip => new((float)(clip.Low ?? double.NegativeInfinity), (float)(clip.High ?? double.PositiveInfinity)),
        _ => null,
    };
}
