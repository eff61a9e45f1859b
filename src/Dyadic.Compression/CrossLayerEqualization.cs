using System.Globalization;
using Dyadic.Compression.Layers;
using Dyadic.Ir;

namespace Dyadic.Compression;

/// <summary>Makes the ranges of weights equal across layers: channel i is divided by s_i = √(r₁ᵢ·r₂ᵢ)/r₂ᵢ in the layer that gives it and multiplied in the next, so that both have the range √(r₁ᵢ·r₂ᵢ).</summary>
/// <remarks>
/// Nagel et al. 2019, §4.1, eqs. (8)–(11), for convolutions, depthwise ones too, and products, with max(x, 0), pools and reshapes between them; swept over all pairs until no factor is off by more than a
/// thousandth. The float function stays the same. Differs: a clamp from above lets no factor through, so such a pair is left alone (the paper replaces ReLU6 by ReLU, which is another function); large biases
/// are not absorbed.
/// </remarks>
public sealed record CrossLayerEqualization : QuantizeMethod
{
    private const int MostSweeps = 100;
    private const double Enough = 1e-3;

    /// <inheritdoc/>
    public override string Name => "equalize";

    internal override MethodStage Stage => MethodStage.Balance;

    internal override Graph Prepare(Graph graph, MethodContext context)
    {
        ChannelScaling scaling = new(graph, context.Layers(graph, this));
        ScalingPoint[] pairs = [.. scaling.Points.Where(p => p.Layer is not null)];
        double off = 1;
        for (int sweep = 0; sweep < MostSweeps && off > Enough; sweep++) off = pairs.Select(p => Balance(scaling, p)).DefaultIfEmpty(0).Max();
        context.Note(string.Create(CultureInfo.InvariantCulture, $"{Name}: {pairs.Length} pairs of layers are balanced{scaling.AloneText()}"));
        return pairs.Length == 0 ? graph : scaling.Result();
    }

    // The largest |ln s| of the pair.
    private static double Balance(ChannelScaling scaling, ScalingPoint pair)
    {
        double[] r1 = scaling.MostBefore(pair), r2 = scaling.MostAfter(pair), s = new double[r1.Length];
        for (int i = 0; i < s.Length; i++) s[i] = r1[i] > 0 && r2[i] > 0 ? Math.Sqrt(r1[i] * r2[i]) / r2[i] : 1;
        scaling.Move(pair, s);
        return s.Max(x => Math.Abs(Math.Log(x)));
    }
}
