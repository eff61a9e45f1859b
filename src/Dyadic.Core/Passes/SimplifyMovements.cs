using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Passes;

/// <summary>Says chains of movements in one: a part of shuffled channels is a slice of them.</summary>
/// <remarks>The shuffle is that of ShuffleNet (Zhang et al. 2018, §3.1), as it is written where what it makes is split at once (Ma et al. 2018, §4).</remarks>
public sealed class SimplifyMovements() : RewritePass(new PartOfShuffle())
{
    // x [N, C, ..] as [N·C/g, g, ..], its first axes exchanged, as [g, N, C/g, ..], of which part k is taken: the channels k, k + g, …
    private sealed class PartOfShuffle : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Gather { Axis: 0 } || node.Inputs[1] is not { IsConstant: true, Type.Shape.Rank: 0 } part) return null;
            if (context.Producer<ReshapeOp>(node.Inputs[0]) is not { } after || context.Producer<Transpose>(after.Inputs[0]) is not { Op: Transpose { Perm: [1, 0, 2] } } turn) return null;
            if (context.Producer<ReshapeOp>(turn.Inputs[0]) is not { } before) return null;
            Value x = before.Inputs[0];
            (Shape whole, Shape grouped, Shape parts) = (x.Shape, before.Output.Shape, after.Output.Shape);
            if (whole.Rank < 2 || !whole.IsKnown || !grouped.IsKnown || !parts.IsKnown) return null;
            int groups = grouped[1], channels = whole[1];
            if (channels % groups != 0 || grouped[0] != whole[0].Size * channels / groups) return null;
            if (parts != Shape.Create([groups, whole[0], channels / groups, .. whole.Span[2..]])) return null;
            int k = (int)IndexOf(part);
            return GraphPatch.Replace(node, new Node(node.Name, new Slice([k < 0 ? k + groups : k], [int.MaxValue], [1], [groups]), [x], node.Outputs));
        }

        private static long IndexOf(Value index) => index.Constant!.Type == DType.Int32 ? index.Constant.ToArray<int>()[0] : index.Constant.ToArray<long>()[0];
    }
}
