using Dyadic.Numerics;

namespace Dyadic.Fuzz.Mutations;

/// <summary>Numbers at the edges of what programs compute with.</summary>
internal static class Interesting
{
    private static readonly long[] Integers =
    [
        0, 1, 2, 3, -1, -2, 7, 8, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 65535, 65536, 1 << 20, (1 << 24) + 1, 1 << 30, int.MaxValue, int.MinValue, (1L << 31) + 1, uint.MaxValue, 1L << 32,
        (1L << 32) + 1, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    private static readonly float[] Reals = [0, -0f, 1, -1, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1e-38f, 1e10f, -1e-30f, 255.5f, 1e9f];

    /// <summary>One of the integers, one near <paramref name="former"/>, or a small one.</summary>
    public static long Integer(Rng rng, long former) => rng.NextInt(4) switch
    {
        0 or 1 => Integers[rng.NextInt(Integers.Length)],
        2 => unchecked(former + rng.NextInt(5) - 2),
        _ => rng.NextInt(12),
    };

    /// <summary>One of the reals.</summary>
    public static float Real(Rng rng) => Reals[rng.NextInt(Reals.Length)];
}
