using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Passes;

namespace Dyadic.Compression;

/// <summary>b_m ← b_m + E[y_m] − E[ŷ_m] for every output channel m of every layer: quantised weights no longer shift the mean of what a layer gives.</summary>
/// <remarks>
/// Nagel et al. 2019, §4.2, empirical: y is the layer's output in the float graph, ŷ that of the quantised graph with all layers before it corrected, both over the calibration data. What is left is at most
/// half a unit of the bias. A layer without a bias gets one.
/// </remarks>
public sealed record BiasCorrection : QuantizeMethod
{
    private const int MostBias = 1 << 30;

    /// <inheritdoc/>
    public override string Name => "bias-correction";

    internal override MethodStage Stage => MethodStage.Correct;

    internal override Graph Prepare(Graph graph, MethodContext context)
    {
        RewriteContext names = new(graph);
        Dictionary<Node, WeightLayer> bare = context.Layers(graph, this).Where(l => l.Bias is null).ToDictionary(l => l.Node);
        return bare.Count == 0 ? graph : new(graph.Name, graph.Inputs, graph.Outputs, [.. graph.Nodes.SelectMany(n => bare.TryGetValue(n, out WeightLayer? layer) ? WithBias(layer, names) : [n])], graph.Metadata);
    }

    internal override void Refine(Refinement work)
    {
        Dictionary<Value, ChannelMean> expected = Means(work);
        BatchWalk walk = work.WalkQuantised();
        foreach (QuantizedLayer layer in work.Layers)
        {
            walk.Before(layer.Last);
            ChannelMean actual = new(layer.Float);
            foreach (Tensor y in walk.Next(layer.Last)) actual.Add(y);
            int[] codes = work.Data(layer.BiasCodes!).ToArray<int>();
            for (int m = 0; m < codes.Length; m++)
            {
                double missing = expected[layer.Float.Last.Output][m] - actual[m];
                codes[m] = (int)Math.Clamp(codes[m] + Math.Round(missing / layer.BiasScales[layer.BiasScales.Length == 1 ? 0 : m]), -MostBias, MostBias);
            }
            work.Change(layer.BiasCodes!, Tensor.From(codes, layer.BiasCodes!.Shape));
        }
    }

    private static Dictionary<Value, ChannelMean> Means(Refinement work)
    {
        Dictionary<Value, ChannelMean> means = work.Layers.ToDictionary(l => l.Float.Last.Output, l => new ChannelMean(l.Float));
        work.Context.Data.Run(work.Float, (value, y) => means.GetValueOrDefault(value)?.Add(y));
        return means;
    }

    private static Node[] WithBias(WeightLayer layer, RewriteContext names)
    {
        Node node = layer.Node;
        Value zeros = names.Constant(node.Name + "_bias", Tensor.Zeros(Shape.Of(layer.Channels)));
        if (layer.IsConv) return [node.WithInputs([.. node.Inputs, zeros])];
        Value product = new(names.Fresh(node.Name + "_product"), node.Output.Type);
        return [new(node.Name, node.Op, node.Inputs, [product]), new(names.Fresh(node.Name + "_sum"), new Add(), [product, zeros], node.Outputs)];
    }

    // The mean of each channel of a layer's outputs.
    private sealed class ChannelMean(WeightLayer layer)
    {
        private readonly double[] _sums = new double[layer.Channels];
        private long _count;

        public double this[int channel] => _sums[channel] / _count;

        public void Add(Tensor y)
        {
            float[] values = y.ToArray<float>();
            int inner = layer.IsConv ? y.Length / (y.Shape[0] * layer.Channels) : 1;
            for (int i = 0; i < values.Length; i++) _sums[i / inner % layer.Channels] += values[i];
            _count += values.Length / layer.Channels;
        }
    }
}
