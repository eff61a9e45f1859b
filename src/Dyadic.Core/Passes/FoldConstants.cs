using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Passes;

/// <summary>Computes what depends on constants alone, while a result is not larger than a budget.</summary>
/// <remarks>Dequantised constants stay as they are: they are how weights of few bits are written. Outputs of the graph keep their node.</remarks>
/// <param name="mostBytes">The largest result that is kept as a constant.</param>
public sealed class FoldConstants(long mostBytes = 1L << 26) : RewritePass(new Fold(mostBytes))
{
    private sealed class Fold(long mostBytes) : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is DequantizeLinear || node.Outputs.Any(context.IsOutput)) return null;
            if (!node.Inputs.All(v => v.IsConstant) || !node.Outputs.All(v => Fits(v.Type))) return null;
            Dictionary<Value, Value> aliases = [];
            using (GradMode.Set(false))
            {
                Tensor[] results = Door.Run(node.Op, [.. node.Inputs.Select(v => v.Constant!.Detach())]);
                for (int i = 0; i < results.Length; i++) aliases[node.Outputs[i]] = context.Constant(node.Outputs[i].Name, results[i].ToContiguous());
            }
            return new([node], [], aliases);
        }

        private bool Fits(TensorType type) => type.Shape.IsKnown && (long)type.Shape.Length * type.Type.Size() <= mostBytes;
    }
}
