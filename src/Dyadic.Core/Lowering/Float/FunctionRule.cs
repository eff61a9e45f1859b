using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps;

namespace Dyadic.Lowering;

/// <summary>
/// A function of one value, written in several element-wise ops with scalar constants, as one step: GELU is recognised by its values, whichever
/// way it is written, and runs as such; any other function runs piece by piece in the first cache.
/// </summary>
internal static class FunctionRule
{
    private static readonly Gelu[] Gelus = [new(), new(Approximate: true)];

    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        if (!IsElementwise(node)) return null;
        FunctionCone? widest = null;
        foreach (Value source in FunctionCone.Sources(bound, node))
        {
            if (FunctionCone.Of(bound, node, source) is not { Nodes.Count: > 1 } cone) continue;
            if (Known(cone) is { } gelu) return Group(bound, node, cone, gelu.Lower(bound.InputTypes(node)));
            if (widest is null || cone.Nodes.Count > widest.Nodes.Count) widest = cone;
        }
        return widest is null ? null : Group(bound, node, widest, widest.Build(bound));
    }

    /// <summary>The GELU that ends in <paramref name="node"/>, written in several ops, or null.</summary>
    public static (Gelu Op, FunctionCone Cone)? FindGelu(BoundGraph bound, Node node)
    {
        if (!IsElementwise(node)) return null;
        foreach (Value source in FunctionCone.Sources(bound, node))
            if (FunctionCone.Of(bound, node, source) is { Nodes.Count: > 1 } cone && Known(cone) is { } gelu) return (gelu, cone);
        return null;
    }

    private static Gelu? Known(FunctionCone cone) => cone.Nodes.Any(n => n.Op is Erf or Tanh) ? Gelus.FirstOrDefault(cone.Computes) : null;

    public static bool IsElementwise(Node node) => node.Op is (UnaryOp or BinaryOp) and not ComparisonOp && node.Outputs.Count == 1;

    private static StepGroup Group(BoundGraph bound, Node node, FunctionCone cone, Step step) =>
        new([cone.Source], [new(step, DType.Float32, bound.DimsOf(node.Output))], step, [.. cone.Nodes.Where(n => n != node)]);
}
