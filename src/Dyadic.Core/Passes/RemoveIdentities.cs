using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Passes;

/// <summary>Removes what changes nothing: Identity, reshapes and casts to the same type, transposes that cancel, chains of reshapes.</summary>
public sealed class RemoveIdentities() : RewritePass(new NoOps(), new TransposePairs(), new ReshapeChains())
{
    private sealed class NoOps : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            bool nothing = node.Op switch
            {
                Identity or Contiguous => true,
                ReshapeOp => node.Output.Shape == node.Inputs[0].Shape,
                Cast cast => cast.To == node.Inputs[0].Type.Type,
                Expand => node.Output.Shape == node.Inputs[0].Shape,
                Concat => node.Inputs.Count == 1,
                Transpose t => Order(t, node).SequenceEqual(Enumerable.Range(0, node.Output.Shape.Rank)),
                Pad pad => pad.Pads.All(p => p == 0),
                Clip { Low: null, High: null } => true,
                _ => false,
            };
            return nothing ? GraphPatch.Alias(node, node.Inputs[0]) : null;
        }
    }

    // Two transposes are one, which NoOps removes when it keeps all axes.
    private sealed class TransposePairs : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Transpose second || context.Producer<Transpose>(node.Inputs[0]) is not { Op: Transpose first } inner) return null;
            int[] before = Order(first, inner), after = Order(second, node);
            return GraphPatch.Replace(node, new Node(node.Name, new Transpose([.. after.Select(a => before[a])]), [inner.Inputs[0]], node.Outputs));
        }
    }

    // The last of two reshapes decides, where its target does not depend on the dimensions between (a 0 keeps one).
    private sealed class ReshapeChains : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Reshape reshape || context.Producer<ReshapeOp>(node.Inputs[0]) is not { } inner) return null;
            Shape from = inner.Inputs[0].Shape, between = inner.Output.Shape;
            bool same = true;
            for (int i = 0; i < reshape.Target.Count; i++)
                same &= reshape.Target[i] != 0 || (i < from.Rank && from[i] == between[i]);
            return same ? GraphPatch.Replace(node, new Node(node.Name, reshape, [inner.Inputs[0]], node.Outputs)) : null;
        }
    }

    private static int[] Order(Transpose op, Node node) => op.Perm.Count == 0 ? [.. Enumerable.Range(0, node.Output.Shape.Rank).Reverse()] : op.Perm.ToArray();
}
