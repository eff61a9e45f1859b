using System.Globalization;
using Dyadic.Compression.Layers;
using Dyadic.Ir;

namespace Dyadic.Compression;

/// <summary>Moves what is hard to quantise from activations to weights: s_j = max|X_j|^α / max|W_j|^(1 − α), x_j/s_j before and W_j·s_j in the layer.</summary>
/// <remarks>
/// Xiao et al. 2022, eqs. (3)–(4). 1/s folds into what gives x, so that nothing is computed besides: scale and bias of a layer or batch normalisation, a vector that is multiplied or added, or a convolution or
/// product before, also through max(x, 0), pools and reshapes. All layers that read x share s. Where it cannot be folded exactly the layer is left alone, and a warning of the result names it.
/// </remarks>
/// <param name="Alpha">α, from 0 (weights become equal) to 1 (activations become equal).</param>
public sealed record SmoothQuant(double Alpha = 0.5) : QuantizeMethod
{
    /// <inheritdoc/>
    public override string Name => "smooth";

    internal override MethodStage Stage => MethodStage.Balance;

    internal override string? Settles => ChannelStatistics.Settles;

    internal override void Check()
    {
        if (Alpha is not (>= 0 and <= 1)) throw new CompressionException($"quantize: smooth with α = {Alpha} is not possible. Use 0 to 1; 0.5 is usual.");
    }

    internal override Graph Prepare(Graph graph, MethodContext context)
    {
        ChannelScaling scaling = new(graph, context.Layers(graph, this));
        ChannelStatistics statistics = ChannelStatistics.Of(graph, scaling.Points, context.Data);
        foreach (ScalingPoint point in scaling.Points) scaling.Move(point, Factors(statistics.Most(point), scaling.MostAfter(point)));
        context.Note(string.Create(CultureInfo.InvariantCulture, $"{Name}: the inputs of {scaling.Points.Sum(p => p.After.Count)} layers are smoothed{scaling.AloneText()}"));
        return scaling.Points.Count == 0 ? graph : scaling.Result();
    }

    /// <summary>s; 1 for channels that are always zero or that no weight reads.</summary>
    internal double[] Factors(double[] x, double[] w) => [.. x.Zip(w, (a, b) => a > 0 && b > 0 ? Math.Pow(a, Alpha) / Math.Pow(b, 1 - Alpha) : 1)];
}
