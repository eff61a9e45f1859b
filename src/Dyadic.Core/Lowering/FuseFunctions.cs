using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Lowering;

/// <summary>GELU and layer normalisation that arrive written in several ops become one op each, so that what quantises a graph sees them.</summary>
/// <remarks>Exporters write them so for opsets below 20 and 17. Results change by float32 rounding only.</remarks>
public sealed class FuseFunctions() : RewritePass(new Fusion())
{
    private sealed class Fusion : IRewrite
    {
        private BoundGraph? _bound;

        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Outputs.Count != 1 || node.Output.Type.Type != DType.Float32) return null;
            if (_bound is null || !ReferenceEquals(_bound.Graph, context.Graph)) _bound = new(context.Graph, [], batched: false);      // symbolic sizes serve
            if (LayerNormRule.Find(_bound, node) is { } norm)
            {
                int channels = node.Output.Shape[-1];
                List<Value> inputs = [norm.X, Row(context, _bound, norm.Scale, channels)];
                if (norm.Bias is { } bias) inputs.Add(Row(context, _bound, bias, channels));
                return new([.. norm.Nodes], [new(node.Name, new LayerNormalization(-1, norm.Epsilon), inputs, node.Outputs)], new Dictionary<Value, Value>());
            }
            if (FunctionRule.FindGelu(_bound, node) is not { } gelu) return null;
            return new([.. gelu.Cone.Nodes], [new(node.Name, gelu.Op, [gelu.Cone.Source], node.Outputs)], new Dictionary<Value, Value>());
        }

        // A vector of the row's length, whatever ones are in front.
        private static Value Row(RewriteContext context, BoundGraph bound, Value value, int channels) =>
            value.IsConstant && value.Shape.Rank == 1 ? value : context.Constant(value.Name, bound.Fixed.DataOf(value).Reshape(channels));
    }
}
