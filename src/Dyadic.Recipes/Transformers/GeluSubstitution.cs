using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Recipes.Transformers;

/// <summary>What stands for GELU.</summary>
internal enum Gelus
{
    /// <summary>GELU itself.</summary>
    Exact,

    /// <summary>i-GELU: x/2·(1 + L(x/√2)) with the clipped polynomial L. Kim et al. 2021.</summary>
    Polynomial,

    /// <summary>h-GELU: x·ReLU6(1.702·x + 3)/6.</summary>
    Hard,
}

/// <summary>The functions on real numbers.</summary>
internal static class GeluFunctions
{
    /// <summary>a and b of L(x) = sgn x·(a·(min(|x|, −b) + b)² + 1).</summary>
    public const double A = -0.2888, B = -1.769;

    public static double Exact(double x) => Tensor.Scalar(x, DType.Float64).Gelu().Item<double>();

    public static double Polynomial(double x)
    {
        double clipped = Math.Min(Math.Abs(x) / Math.Sqrt(2), -B) + B;
        return x / 2 * (1 + (Math.Sign(x) * ((A * clipped * clipped) + 1)));
    }

    public static double Hard(double x) => x * Math.Clamp((1.702 * x) + 3, 0, 6) / 6;
}

/// <summary>Writes another function in the place of each GELU, in ops that every runtime has.</summary>
internal sealed class GeluSubstitution(Gelus kind) : RewritePass(new Substitution(kind))
{
    private sealed class Substitution(Gelus kind) : IRewrite
    {
        public GraphPatch? Match(RewriteContext context, Node node)
        {
            if (node.Op is not Gelu) return null;
            Value x = node.Inputs[0];
            List<Node> nodes = [];
            _ = kind == Gelus.Hard ? Hard() : Polynomial();
            nodes[^1] = new(node.Name, nodes[^1].Op, nodes[^1].Inputs, node.Outputs);
            return GraphPatch.Replace(node, nodes);

            Value Hard() => Apply(new Mul(), x, Apply(new Mul(), Apply(new Clip(0, 6), Apply(new Add(), Apply(new Mul(), x, Number(1.702)), Number(3))), Number(1.0 / 6)));

            // x/2 + |x|/2·(a·(min(|x|/√2, −b) + b)² + 1)
            Value Polynomial()
            {
                Value magnitude = Apply(new Abs(), x), moved = Apply(new Add(), Apply(new Clip(null, -GeluFunctions.B), Apply(new Mul(), magnitude, Number(1 / Math.Sqrt(2)))), Number(GeluFunctions.B));
                Value even = Apply(new Add(), Apply(new Mul(), Apply(new Mul(), moved, moved), Number(GeluFunctions.A)), Number(1));
                return Apply(new Mul(), Apply(new Add(), x, Apply(new Mul(), magnitude, even)), Number(0.5));
            }

            Value Apply(Op op, params Value[] inputs)
            {
                Value result = new(context.Fresh(node.Output.Name + "_" + op.Name.ToLowerInvariant()), node.Output.Type);
                nodes.Add(new(context.Fresh(result.Name), op, inputs, [result]));
                return result;
            }

            Value Number(double value) => context.Constant(node.Name + "_constant", Tensor.Scalar((float)value, DType.Float32));
        }
    }
}
