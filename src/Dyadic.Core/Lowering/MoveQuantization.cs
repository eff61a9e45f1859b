using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Lowering;

/// <summary>
/// Brings quantisation next to the ops that compute: Quantize moves up and Dequantize down through ops that only move elements, and
/// Quantize of Dequantize with the same parameters vanishes. Every rewrite keeps the results bit for bit.
/// </summary>
public sealed class MoveQuantization() : RewritePass(new CancelPair(), new MoveUp(), new MoveDown(), new MoveDownGather(), new MoveDownAxis())
{
    // Q(D(q)) = q where both have the same parameters: |q − z|·s/s differs from an integer by less than ½.
    private sealed class CancelPair : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not QuantizeLinear q || context.Producer<DequantizeLinear>(node.Inputs[0]) is not { } dequantize) return null;
            QuantParams? here = QuantizedPatterns.Parameters(node, q.Axis);
            bool same = here is not null && here.IsPerTensor && here.Equals(QuantizedPatterns.Parameters(dequantize, 1)) && node.Output.Type.Type == dequantize.Inputs[0].Type.Type;
            return same && !dequantize.Inputs[0].IsConstant ? GraphPatch.Alias(node, dequantize.Inputs[0]) : null;
        }
    }

    // Q(move(x)) → move(Q(x))
    private sealed class MoveUp : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not QuantizeLinear || QuantizedPatterns.Parameters(node, 1) is not { IsPerTensor: true } p) return null;
            if (context.Graph.ProducerOf(node.Inputs[0]) is not { } move || !MovementOps.HasOneInput(move) || !context.HasOneReader(move.Output)) return null;
            if (MovementOps.OnCodes(move.Op, p) is not { } op) return null;
            Value codes = new(context.Fresh(move.Inputs[0].Name + "_q"), move.Inputs[0].Type with { Type = node.Output.Type.Type });
            return new([move, node], [new(node.Name, node.Op, [move.Inputs[0], node.Inputs[1], node.Inputs[2]], [codes]), new(move.Name, op, [codes], node.Outputs)],
                new Dictionary<Value, Value>());
        }
    }

    // move(D(q)) → D(move(q))
    private sealed class MoveDown : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (!MovementOps.HasOneInput(node) || context.Producer<DequantizeLinear>(node.Inputs[0]) is not { } dequantize) return null;
            if (QuantizedPatterns.Parameters(dequantize, 1) is not { IsPerTensor: true } p || !MovementOps.IsExact(node.Op, p)) return null;
            return MovementOps.OnCodes(node.Op, p) is { } op ? Moved(context, node, dequantize, op, dequantize.Op) : null;
        }
    }

    // gather(D(table), i) → D(gather(table, i))
    private sealed class MoveDownGather : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Gather || context.Producer<DequantizeLinear>(node.Inputs[0]) is not { } dequantize) return null;
            if (QuantizedPatterns.Parameters(dequantize, 1) is not { IsPerTensor: true }) return null;
            return Moved(context, node, dequantize, node.Op, dequantize.Op);
        }
    }

    // transpose(D(q)) → D(transpose(q)) with scales along an axis, as weights have.
    private sealed class MoveDownAxis : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Transpose transpose || context.Producer<DequantizeLinear>(node.Inputs[0]) is not { Op: DequantizeLinear op } dequantize) return null;
            if (!dequantize.Inputs[0].IsConstant || QuantizedPatterns.Parameters(dequantize, op.Axis) is not { IsPerTensor: false }) return null;
            int[] order = MovementOps.Order(transpose, node.Output.Shape.Rank);
            int axis = Array.IndexOf(order, dequantize.Output.Shape.Axis(op.Axis, op.Name));
            return Moved(context, node, dequantize, transpose, op with { Axis = axis });
        }
    }

    private static GraphPatch Moved(RewriteContext context, Node move, Node dequantize, Op onCodes, Op dequantizeOp)
    {
        Value codes = new(context.Fresh(move.Output.Name + "_q"), move.Output.Type with { Type = dequantize.Inputs[0].Type.Type });
        Node moved = new(move.Name, onCodes, [dequantize.Inputs[0], .. move.Inputs.Skip(1)], [codes]);
        return GraphPatch.Replace(move, moved, new Node(context.Fresh(dequantize.Name), dequantizeOp, [codes, dequantize.Inputs[1], dequantize.Inputs[2]], move.Outputs));
    }
}
