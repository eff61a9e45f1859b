using System.Numerics;
using Dyadic.Ops;

namespace Dyadic.Passes;

/// <summary>Weights with a factor for each channel: w[.., c, ..]·s[c], multiplied in float64 and rounded once.</summary>
internal static class ScaledWeights
{
    /// <summary>The product; <paramref name="weights"/> themselves where every factor is 1.</summary>
    /// <param name="weights">Of a floating-point type.</param>
    /// <param name="scales">s, one for each index along <paramref name="axis"/>.</param>
    /// <param name="axis">Which dimension holds the channels.</param>
    public static Tensor Of(Tensor weights, double[] scales, int axis)
    {
        if (Array.TrueForAll(scales, s => s == 1)) return weights;
        int inner = 1;
        for (int d = axis + 1; d < weights.Rank; d++) inner *= weights.Shape[d];
        if (weights.Type != DType.Float32) return Wide(weights, scales, inner);
        Tensor source = weights.ToContiguous();
        Tensor result = Tensor.Empty(weights.Shape);
        ReadOnlySpan<float> w = source.Span<float>();
        Span<float> y = result.Span<float>();
        for (int i = 0, c = 0; i < w.Length; i += inner, c = c + 1 == scales.Length ? 0 : c + 1) Multiply(w.Slice(i, inner), scales[c], y.Slice(i, inner));
        GC.KeepAlive(source);
        return result;
    }

    private static Tensor Wide(Tensor weights, double[] scales, int inner)
    {
        double[] w = weights.Cast(DType.Float64).ToArray<double>();
        for (int i = 0; i < w.Length; i++) w[i] *= scales[i / inner % scales.Length];
        return Tensor.From(w, weights.Shape).Cast(weights.Type);
    }

    private static void Multiply(ReadOnlySpan<float> w, double scale, Span<float> y)
    {
        int i = 0;
        Vector<double> s = new(scale);
        for (; i <= w.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(w[i..]), out Vector<double> low, out Vector<double> high);
            Vector.Narrow(low * s, high * s).CopyTo(y[i..]);
        }
        for (; i < w.Length; i++) y[i] = (float)(w[i] * scale);
    }
}
