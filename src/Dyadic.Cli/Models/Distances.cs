using Dyadic.Numerics;

namespace Dyadic.Cli.Models;

/// <summary>How far b is from a.</summary>
/// <param name="MaxAbs">max |a − b|.</param>
/// <param name="SqnrDb">10·log₁₀(Σa² / Σ(a − b)²); infinite where they are equal.</param>
/// <param name="Cosine">Σab / √(Σa²·Σb²); 1 where both are zero.</param>
internal sealed record Distance(double MaxAbs, double SqnrDb, double Cosine)
{
    /// <summary>The distance of two tensors of as many elements.</summary>
    /// <exception cref="ShapeException">They have different shapes.</exception>
    public static Distance Between(string name, Tensor a, Tensor b)
    {
        Ensure.Shape(a.Length == b.Length, $"'{name}' is {a.TensorType} in the first model and {b.TensorType} in the second. Compare models of the same outputs.");
        float[] x = Numbers.Floats(a), y = Numbers.Floats(b);
        double max = 0, signal = 0, noise = 0, dot = 0, other = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = x[i] - (double)y[i];
            if (double.IsNaN(difference) && x[i].Equals(y[i])) difference = 0;
            max = Math.Max(max, Math.Abs(difference));
            signal += (double)x[i] * x[i];
            other += (double)y[i] * y[i];
            dot += (double)x[i] * y[i];
            noise += difference * difference;
        }
        return new(max, noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise), signal == 0 && other == 0 ? 1 : dot / Math.Sqrt(signal * other));
    }
}
