using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Passes;

/// <summary>
/// Folds a batch normalisation with constant statistics into the convolution, transposed convolution or matrix product before it:
/// w′ = w·γ/√(var + ε), b′ = β + (b − mean)·γ/√(var + ε). Float64 inside, rounded once.
/// </summary>
/// <remarks>Yao et al. 2021 (HAWQ-V3), §3.3; docs/equations/lowering.md, (11).</remarks>
public sealed class FoldBatchNormalization() : RewritePass(new Fold())
{
    private sealed class Fold : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not BatchNormalization norm || !node.Inputs.Skip(1).All(v => v.IsConstant)) return null;
            if (context.Graph.ProducerOf(node.Inputs[0]) is not { } before || !context.HasOneReader(before.Output)) return null;
            return before.Op switch
            {
                Conv => Folded(context, node, norm, before, axis: 0),
                ConvTranspose { Groups: 1 } => Folded(context, node, norm, before, axis: 1),
                MatMul when before.Output.Shape.Rank == 2 => FoldedProduct(context, node, norm, before, null),
                Add when Product(context, before) is { } p => FoldedProduct(context, node, norm, p.Product, (before, p.Bias)),
                _ => null,
            };
        }
    }

    private static GraphPatch? Folded(RewriteContext context, Node node, BatchNormalization norm, Node conv, int axis)
    {
        if (!conv.Inputs.Skip(1).All(v => v.IsConstant)) return null;
        Tensor? bias = conv.Inputs.Count > 2 ? conv.Inputs[2].Constant : null;
        (Tensor w, Tensor b) = Fused(node, norm, conv.Inputs[1].Constant!, bias, axis);
        Value weight = context.Constant(conv.Inputs[1].Name + "_folded", w), shift = context.Constant(conv.Name + "_bias", b);
        return new([conv, node], [new(conv.Name, conv.Op, [conv.Inputs[0], weight, shift], node.Outputs)], new Dictionary<Value, Value>());
    }

    private static GraphPatch? FoldedProduct(RewriteContext context, Node node, BatchNormalization norm, Node product, (Node Add, Tensor Bias)? add)
    {
        if (product.Inputs[1].Constant is not { Rank: 2 } weights) return null;
        (Tensor w, Tensor b) = Fused(node, norm, weights, add?.Bias, axis: 1);
        Node matrix = new(product.Name, product.Op, [product.Inputs[0], context.Constant(product.Inputs[1].Name + "_folded", w)], product.Outputs);
        Node sum = new(add?.Add.Name ?? context.Fresh(node.Name), new Add(), [product.Output, context.Constant(product.Name + "_bias", b)], node.Outputs);
        IReadOnlyList<Node> removed = add is { } a ? [product, a.Add, node] : [product, node];
        return new(removed, [matrix, sum], new Dictionary<Value, Value>());
    }

    // x·w + b with constant w and b, of rank 2.
    private static (Node Product, Tensor Bias)? Product(RewriteContext context, Node add)
    {
        if (add.Output.Shape.Rank != 2) return null;
        for (int side = 0; side < 2; side++)
        {
            if (add.Inputs[1 - side].Constant is { } bias && context.Producer<MatMul>(add.Inputs[side]) is { } product && context.HasOneReader(product.Output)
                && product.Inputs[1].IsConstant && bias.Length == product.Inputs[1].Shape[-1])
                return (product, bias);
        }
        return null;
    }

    private static (Tensor Weight, Tensor Bias) Fused(Node node, BatchNormalization norm, Tensor weight, Tensor? bias, int axis)
    {
        double[] scale = Read(node, 1), shift = Read(node, 2), mean = Read(node, 3), variance = Read(node, 4);
        double[] b = bias is null ? new double[scale.Length] : Doubles(bias);
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] /= Math.Sqrt(variance[c] + norm.Epsilon);
            b[c] = shift[c] + (b[c] - mean[c]) * scale[c];                                       // (11)
        }
        return (ScaledWeights.Of(weight, scale, axis), Tensor.Vector<double>(b).Cast(weight.Type));
    }

    private static double[] Read(Node node, int input) => Doubles(node.Inputs[input].Constant!);

    private static double[] Doubles(Tensor data) => data.Cast(DType.Float64).ToArray<double>();
}
