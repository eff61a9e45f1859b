using Dyadic.Numerics;

namespace Dyadic.Testing;

/// <summary>The one table of how far two computations of the same value may differ: |a − b| ≤ relative·max(1, |a|, |b|).</summary>
public static class Tolerance
{
    /// <summary>For results computed in <paramref name="type"/> against float64; 0 for exact types.</summary>
    public static double For(DType type) => type switch
    {
        DType.Float64 => 1e-12,
        DType.Float32 => 2e-6,
        DType.Float16 => 4e-3,
        DType.BFloat16 => 3e-2,
        _ => 0,
    };

    /// <summary>|a − b| relative to max(1, |a|, |b|); 0 when both are NaN or equal infinities.</summary>
    public static double Distance(double a, double b) =>
        a.Equals(b) ? 0 : Math.Abs(a - b) is var d && double.IsNaN(d) ? double.PositiveInfinity : d / Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));

    /// <summary>The largest distance of corresponding values.</summary>
    public static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double largest = a.Length == b.Length ? 0 : double.PositiveInfinity;
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++) largest = Math.Max(largest, Distance(a[i], b[i]));
        return largest;
    }
}
