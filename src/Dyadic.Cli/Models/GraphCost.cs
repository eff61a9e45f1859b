using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Multiply-accumulate operations of a graph.</summary>
internal static class GraphCost
{
    /// <summary>Multiply-accumulates of all contractions for one sample; a symbolic dimension without a size counts as 1. Null where shapes cannot be inferred.</summary>
    public static long? Macs(Graph graph, IReadOnlyDictionary<string, int> sizes)
    {
        Dictionary<Value, TensorType> types = [];
        foreach (Value input in graph.Inputs)
        {
            var dims = new Dim[input.Shape.Rank];
            for (int i = 0; i < dims.Length; i++) dims[i] = input.Shape[i].IsKnown ? input.Shape[i] : sizes.GetValueOrDefault(input.Shape[i].ToString(), 1);
            types[input] = input.Type with { Shape = Shape.Create(dims) };
        }
        long macs = 0;
        try
        {
            foreach (Node node in graph.Nodes)
            {
                TensorType[] inputs = [.. node.Inputs.Select(v => types.GetValueOrDefault(v, v.Type))], outputs = node.Op.Infer(inputs);
                for (int i = 0; i < outputs.Length; i++) types[node.Outputs[i]] = outputs[i];
                macs += Macs(node.Op, inputs, outputs[0]);
            }
        }
        catch (ShapeException)
        {
            return null;
        }
        return macs;
    }

    // Each output of a contraction sums over the inner size; of a transposed convolution, each input feeds every tap of every output channel.
    private static long Macs(Op op, TensorType[] inputs, TensorType output) => op switch
    {
        MatMul => (long)output.Shape.Length * inputs[0].Shape[-1].Size,
        Conv => (long)output.Shape.Length * Product(inputs[1].Shape, 1),
        ConvTranspose => (long)inputs[0].Shape.Length * Product(inputs[1].Shape, 1),
        _ => 0,
    };

    private static long Product(Shape shape, int from)
    {
        long n = 1;
        for (int i = from; i < shape.Rank; i++) n *= shape[i].Size;
        return n;
    }
}
