using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Compression;

/// <summary>A method that corrects the mean of what layers give by their biases; a layer without a bias gets one.</summary>
/// <remarks>What is left is at most half a unit of the bias, S_x·S_w.</remarks>
public abstract record BiasMethod : QuantizeMethod
{
    private const int MostBias = 1 << 30;

    private protected BiasMethod()
    {
    }

    internal sealed override MethodStage Stage => MethodStage.Correct;

    internal sealed override string? Settles => "the biases";

    internal sealed override Graph Prepare(Graph graph, MethodContext context)
    {
        RewriteContext names = new(graph);
        Dictionary<Node, WeightLayer> bare = context.Layers(graph, this).Where(l => l.Bias is null).ToDictionary(l => l.Node);
        return bare.Count == 0 ? graph : new(graph.Name, graph.Inputs, graph.Outputs, [.. graph.Nodes.SelectMany(n => bare.TryGetValue(n, out WeightLayer? layer) ? WithBias(layer, names) : [n])], graph.Metadata);
    }

    /// <summary>Adds <paramref name="missing"/>[m] to the bias of each output channel, to the nearest code.</summary>
    internal static void Shift(Refinement work, QuantizedLayer layer, Func<int, double> missing)
    {
        int[] codes = work.Data(layer.BiasCodes!).ToArray<int>();
        for (int m = 0; m < codes.Length; m++)
            codes[m] = (int)Math.Clamp(codes[m] + Math.Round(missing(m) / layer.BiasScales[layer.BiasScales.Length == 1 ? 0 : m]), -MostBias, MostBias);
        work.Change(layer.BiasCodes!, Tensor.From(codes, layer.BiasCodes!.Shape));
    }

    private static Node[] WithBias(WeightLayer layer, RewriteContext names)
    {
        Node node = layer.Node;
        Value zeros = names.Constant(node.Name + "_bias", Tensor.Zeros(Shape.Of(layer.Channels)));
        if (layer.IsConv) return [node.WithInputs([.. node.Inputs, zeros])];
        Value product = new(names.Fresh(node.Name + "_product"), node.Output.Type);
        return [new(node.Name, node.Op, node.Inputs, [product]), new(names.Fresh(node.Name + "_sum"), new Add(), [product, zeros], node.Outputs)];
    }
}
