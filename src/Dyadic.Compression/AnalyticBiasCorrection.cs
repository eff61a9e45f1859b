using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>b_m ← b_m − Σₖ (Ŵ[m, k] − W[m, k])·E[x_k] for every output channel m: what the error of quantised weights adds to the mean of a layer's output is taken off its bias.</summary>
/// <remarks>
/// Nagel et al. 2019, §4.2: E[ŷ] − E[y] = ΔW·E[x]. E[x] of each input channel is its mean in the float graph over the calibration data; batch normalisations, from whose statistics the paper derives it where there is no
/// data, are folded by then. At the border of a padded convolution the mean is taken as within. One run of the float graph is all it needs, so that it costs less than
/// <see cref="BiasCorrection"/>, which also makes up for the errors of activations and for what layers before did.
/// </remarks>
public sealed record AnalyticBiasCorrection : BiasMethod
{
    /// <inheritdoc/>
    public override string Name => "bias-correction-analytic";

    internal override void Refine(Refinement work)
    {
        Dictionary<Value, ChannelMean> means = [];
        foreach (QuantizedLayer layer in work.Layers) means[layer.Float.Node.Inputs[0]] = new(layer.Float.InputChannels, layer.Float.IsConv);
        work.Context.Data.Run(work.Float, (value, x) => means.GetValueOrDefault(value)?.Add(x));
        foreach (QuantizedLayer layer in work.Layers)
        {
            double[] added = Added(work, layer, means[layer.Float.Node.Inputs[0]]);
            Shift(work, layer, m => -added[m]);
        }
    }

    // ΔW·E[x] by output channel.
    private static double[] Added(Refinement work, QuantizedLayer layer, ChannelMean x)
    {
        WeightLayer real = layer.Float;
        float[] weights = real.Weight.ToArray<float>();
        sbyte[] codes = work.Data(layer.Codes).Cast(DType.Int8).ToArray<sbyte>();
        double[] added = new double[real.Channels];
        for (int i = 0; i < weights.Length; i++)
        {
            int m = real.IsConv ? i / real.Inner : i % real.Channels;
            added[m] += ((double)codes[i] * layer.Scales[m] - weights[i]) * x[real.InputChannel(i)];
        }
        return added;
    }
}
