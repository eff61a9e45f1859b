using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Lowering;

/// <summary>ScatterND by constant indices that replaces: where each update goes is known, and updates side by side go together.</summary>
internal static class ScatterRule
{
    public static StepGroup? Match(BoundGraph bound, Node node)
    {
        if (node.Op is not ScatterND { Reduction: ScatterReduction.Replace } || bound.Batched || !bound.Fixed.Contains(node.Inputs[1])) return null;
        ReadOnlySpan<int> dims = bound.DimsOf(node.Output);
        double[] indices = bound.Fixed.DoublesOf(node.Inputs[1]);
        int depth = bound.TypeOf(node.Inputs[1]).Shape[-1], inner = 1;
        if (depth == 0) return null;
        foreach (int d in dims[depth..]) inner *= d;
        int[] places = new int[indices.Length / depth];
        for (int k = 0; k < places.Length; k++)
            for (int d = 0; d < depth; d++)
            {
                int i = (int)indices[(k * depth) + d];
                if (i < -dims[d] || i >= dims[d]) return null;      // the step of the op says which index is wrong
                places[k] = (places[k] * dims[d]) + (i < 0 ? i + dims[d] : i);
            }
        ScatterLinesStep step = new(places, inner);
        return new([node.Inputs[0], node.Inputs[2]], [new(step, DType.Float32, bound.DimsOf(node.Output))], step, []);
    }
}
