using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>
/// Conv, MatMul, or ConvTranspose whose windows lie side by side, with constant weights (→ scales and shifts of channels) (→ Add of a value of the same shape) (→ Relu, Clip); equation (14). A depthwise convolution
/// before a pointwise one, and a function behind a convolution, join it where what lies between would leave the cache.
/// </summary>
internal static class PackedRule
{
    private const int MostClamps = 16, LeastBetween = 192 << 10;      // bytes of one sample between two convolutions, below which they run one by one

    public static StepGroup? Match(BoundGraph bound, Node node) => Find(bound, node) is { } found ? Group(bound, node, found, null) : null;

    /// <summary>The group of a convolution and the function behind it that ends in <paramref name="node"/>, or null where it is no such.</summary>
    /// <param name="bound">The graph.</param>
    /// <param name="node">The last node of the function.</param>
    /// <param name="cone">Its nodes, which alone read what the convolution makes.</param>
    /// <param name="function">Its step.</param>
    public static StepGroup? Match(BoundGraph bound, Node node, FunctionCone cone, MapStep function)
    {
        Value source = cone.Source;
        if (bound.TypeOf(source).Shape.Rank != 4 || bound.Graph.Outputs.Contains(source) || !bound.Graph.ConsumersOf(source).All(cone.Nodes.Contains)) return null;
        if (bound.Graph.ProducerOf(source) is not { } producer || Find(bound, producer) is not { Chain.IsConvolution: true } found) return null;
        return Group(bound, node, found with { Nodes = [.. found.Nodes, .. cone.Nodes] }, function);
    }

    private static Packed? Find(BoundGraph bound, Node node)
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
        if (PackedChain.Of(bound, head) is { } chain) return Found(chain, null);
        if (head.Op is not Add || Residual(bound, head) is not { } sum) return null;
        nodes.Add(head);
        return Found(sum.Chain, sum.Other);

        Packed Found(PackedChain of, Value? residual)
        {
            nodes.Reverse();
            return new(of, residual, clamp, [.. of.Nodes, .. nodes]);
        }
    }

    private static StepGroup Group(BoundGraph bound, Node node, Packed found, MapStep? then)
    {
        Packed? before = Depthwise(bound, found);
        Step step = found.Build();
        if (step is PackedConvStep main && (before is not null || then is not null)) step = new ConvChainStep((PackedConvStep?)before?.Build(), main, then);
        Value x = (before ?? found).Chain.Input;
        IEnumerable<Node> nodes = (before?.Nodes ?? []).Concat(found.Nodes);
        return new(found.Residual is { } residual ? [x, residual] : [x], [new(step, DType.Float32, bound.DimsOf(node.Output))], step, [.. nodes.Where(n => n != node)]);
    }

    // The depthwise convolution that a pointwise one alone reads, where there is much between them.
    private static Packed? Depthwise(BoundGraph bound, Packed found)
    {
        if (!found.Chain.IsPointwise || bound.TypeOf(found.Chain.Input).Shape.Length * sizeof(float) < LeastBetween) return null;
        return bound.SoleProducer(found.Chain.Input) is { } producer && Find(bound, producer) is { Residual: null, Chain.IsDepthwise: true } depthwise ? depthwise : null;
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

    // A chain, what is added to it, the clamp behind, and the nodes that it is made of, in order.
    private sealed record Packed(PackedChain Chain, Value? Residual, Clamp Clamp, IReadOnlyList<Node> Nodes)
    {
        public Step Build() => Chain.Build(Clamp, Residual is not null);
    }
}
