using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.RealModels;

/// <summary>Pieces of speech; of noise where the data are absent.</summary>
internal static class Sounds
{
    private static readonly Lazy<float[]> Speech = new(() =>
        Directory.Exists(Path.Combine(RealModelFiles.Data, "speech"))
            ? [.. Directory.EnumerateFiles(Path.Combine(RealModelFiles.Data, "speech"), "*_16k.wav").Order(StringComparer.Ordinal).SelectMany(f => Wav.Read(f).Mono.ToArray<float>())]
            : Tensor.Normal(Shape.Of(160_000), new Rng(3), 0, 0.05f).ToArray<float>());

    /// <summary>[n, length] at 16 kHz, from random places.</summary>
    public static Tensor Frames(Rng rng, int n, int length) =>
        Tensor.From<float>([.. Enumerable.Range(0, n).SelectMany(_ => Speech.Value.AsSpan(rng.NextInt(Speech.Value.Length - length), length).ToArray())], Shape.Of(n, length));

    /// <summary>[257, 2]: real and imaginary part of the spectrum of 512 samples under a square root of a Hann window.</summary>
    public static Tensor Spectrum(Rng rng)
    {
        float[] x = Frames(rng, 1, 512).ToArray<float>();
        float[] y = new float[257 * 2];
        for (int k = 0; k <= 256; k++)
        {
            (double re, double im) = (0, 0);
            for (int i = 0; i < 512; i++)
            {
                double v = x[i] * Math.Sin(Math.PI * i / 512), angle = 2 * Math.PI * (k * i % 512) / 512;
                (re, im) = (re + (v * Math.Cos(angle)), im - (v * Math.Sin(angle)));
            }
            (y[2 * k], y[(2 * k) + 1]) = ((float)re, (float)im);
        }
        return Tensor.From(y, Shape.Of(257, 2));
    }

    /// <summary>[1, 1, 257]: magnitudes of such a spectrum.</summary>
    public static Tensor Magnitudes(Rng rng) => (Spectrum(rng) is var s ? s * s : s).ReduceSum([1]).Sqrt().Reshape(1, 1, 257);
}
