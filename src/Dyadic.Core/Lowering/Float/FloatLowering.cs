using Dyadic.Ir;

namespace Dyadic.Lowering;

/// <summary>Finds the nodes in float32 that become one step; docs/equations/lowering.md, "Floating point".</summary>
internal static class FloatLowering
{
    /// <summary>The group that ends in <paramref name="node"/>, or null where the node has a step of its own.</summary>
    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        if (node.Outputs.Count != 1 || bound.TypeOf(node.Output).Type != DType.Float32) return null;
        return PackedRule.Match(bound, node) ?? ScatterRule.Match(bound, node) ?? LayerNormRule.Match(bound, node) ?? FunctionRule.Match(bound, node);
    }
}
