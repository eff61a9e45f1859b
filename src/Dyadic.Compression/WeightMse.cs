namespace Dyadic.Compression;

/// <summary>The scales of weights by least squares: s = f·max|w|/n, of f = 1, 0.99, …, 0.3 the one with the least Σ(w − s·clamp(⌊w/s⌉))², for each channel or for the tensor.</summary>
/// <remarks>With few bits the largest weights are worth less than a finer step for all others. The grid that Nagel et al. 2020 round on (§4).</remarks>
public sealed record WeightMse : QuantizeMethod
{
    private const int Steps = 71;

    /// <inheritdoc/>
    public override string Name => "weight-mse";

    internal override MethodStage Stage => MethodStage.Scale;

    /// <summary>f.</summary>
    /// <param name="weights">Those that share a scale.</param>
    /// <param name="scale">max|w|/n.</param>
    /// <param name="levels">n, the greatest code.</param>
    internal static float Factor(ReadOnlySpan<float> weights, float scale, int levels)
    {
        (double least, float best) = (double.PositiveInfinity, 1);
        for (int i = 0; i < Steps; i++)
        {
            float factor = 1 - 0.01f * i;
            double error = 0, step = factor * scale;
            foreach (float w in weights)
            {
                double d = w - step * Math.Clamp(Math.Round(w / step), -levels, levels);
                error += d * d;
            }
            if (error < least) (least, best) = (error, factor);
        }
        return best;
    }
}
