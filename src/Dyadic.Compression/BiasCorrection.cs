using Dyadic.Compression.Layers;
using Dyadic.Ir;

namespace Dyadic.Compression;

/// <summary>b_m ← b_m + E[y_m] − E[ŷ_m] for every output channel m of every layer: quantised weights no longer shift the mean of what a layer gives.</summary>
/// <remarks>
/// Nagel et al. 2019, §4.2, empirical: y is the layer's output in the float graph, ŷ that of the quantised graph with all layers before it corrected, both over the calibration data. What is left is at most
/// half a unit of the bias. A layer without a bias gets one.
/// </remarks>
public sealed record BiasCorrection : BiasMethod
{
    /// <inheritdoc/>
    public override string Name => "bias-correction";

    internal override void Refine(Refinement work)
    {
        Dictionary<Value, ChannelMean> expected = work.Layers.ToDictionary(l => l.Float.Last.Output, l => new ChannelMean(l.Float.Channels, l.Float.IsConv));
        work.Context.Data.Run(work.Float, (value, y) => expected.GetValueOrDefault(value)?.Add(y));
        BatchWalk walk = work.WalkQuantised();
        foreach (QuantizedLayer layer in work.Layers)
        {
            walk.Before(layer.Last);
            ChannelMean actual = new(layer.Float.Channels, layer.Float.IsConv);
            foreach (Tensor y in walk.Next(layer.Last)) actual.Add(y);
            Shift(work, layer, m => expected[layer.Float.Last.Output][m] - actual[m]);
        }
    }
}
