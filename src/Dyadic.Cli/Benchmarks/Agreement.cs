using Dyadic.Cli.Models;
using Dyadic.Numerics;

namespace Dyadic.Cli.Benchmarks;

/// <summary>How far two engines agree on the same inputs.</summary>
/// <param name="SqnrDb">10·log₁₀(Σa² / Σ(a − b)²) of the output where it is least; infinite where all are equal.</param>
/// <param name="MaxAbs">max |a − b| over all outputs.</param>
/// <param name="Equal">The share of values that are equal.</param>
internal sealed record Agreement(double SqnrDb, double MaxAbs, double Equal)
{
    /// <summary>The agreement of the outputs b with a, compared in their order.</summary>
    /// <exception cref="ShapeException">Their number or lengths differ.</exception>
    public static Agreement Of(Tensor[] a, Tensor[] b)
    {
        Ensure.Shape(a.Length == b.Length, $"one model has {a.Length} outputs and the other {b.Length}. Compare models of the same outputs.");
        Distance[] distances = [.. a.Select((t, i) => Distance.Between($"output {i}", t, b[i]))];
        long values = a.Sum(t => (long)t.Length), equal = a.Zip(b, Equals).Sum();
        return new(distances.Min(d => d.SqnrDb), distances.Max(d => d.MaxAbs), values == 0 ? 1 : (double)equal / values);
    }

    private static long Equals(Tensor a, Tensor b)
    {
        float[] x = Numbers.Floats(a), y = Numbers.Floats(b);
        long equal = 0;
        for (int i = 0; i < x.Length; i++)
            if (x[i].Equals(y[i]) || x[i] == y[i]) equal++;
        return equal;
    }
}
