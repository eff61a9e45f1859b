namespace Dyadic.Numerics;

public sealed partial class Rng
{
    private const int Chunk = 256;      // words drawn at a time by the fills

    /// <summary>Uniform on [0, 1): a multiple of 2⁻²⁴; takes one word.</summary>
    public float NextSingle() => ToSingle(NextUInt32());

    /// <summary>Uniform on [0, 1): a multiple of 2⁻⁵³; takes two words.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform on 0 … <paramref name="max"/> − 1, without bias; takes one word, rarely more.</summary>
    /// <remarks>Lemire 2019, "Fast random integer generation in an interval", algorithm 5; (6).</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is not positive.</exception>
    public int NextInt(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        ulong product = (ulong)NextUInt32() * (uint)max;
        if ((uint)product < (uint)max)
        {
            uint threshold = (uint)((1UL << 32) % (uint)max);
            while ((uint)product < threshold) product = (ulong)NextUInt32() * (uint)max;
        }
        return (int)(product >> 32);
    }

    /// <summary>Uniform on <paramref name="min"/> … <paramref name="max"/> − 1, without bias; the difference must fit an int.</summary>
    public int NextInt(int min, int max) => min + NextInt(checked(max - min));

    /// <summary>A standard normal value, |z| ≤ 6.67; takes two words.</summary>
    /// <remarks>Box and Muller 1958; (7).</remarks>
    public float NextGaussian() => (float)NormalPair(NextUInt32(), NextUInt32()).Cos;

    /// <summary>Fills <paramref name="values"/> uniformly on [<paramref name="lo"/>, <paramref name="hi"/>).</summary>
    public void FillUniform(Span<float> values, float lo = 0, float hi = 1)
    {
        Ensure.Argument(float.IsFinite(hi - lo) && lo < hi, $"Rng.FillUniform: [{lo}, {hi}) is no interval. Pass lo < hi, both finite.");
        float last = MathF.BitDecrement(hi);                         // lo + (hi − lo)·u may round up to hi
        Span<uint> words = stackalloc uint[Chunk];
        for (; values.Length > 0; values = values[words.Length..])
        {
            words = words[..Math.Min(words.Length, values.Length)];
            FillBits(words);
            for (int i = 0; i < words.Length; i++)
            {
                float value = lo + (hi - lo) * ToSingle(words[i]);
                values[i] = value < last ? value : last;
            }
        }
    }

    /// <summary>Fills <paramref name="values"/> with normal values; two words for each pair.</summary>
    public void FillNormal(Span<float> values, float mean = 0, float deviation = 1)
    {
        Span<uint> words = stackalloc uint[Chunk];
        for (; values.Length > 0; values = values[Math.Min(words.Length, values.Length)..])
        {
            words = words[..Math.Min(words.Length, (values.Length + 1) & ~1)];
            FillBits(words);
            for (int i = 0; i < words.Length; i += 2)
            {
                (double cos, double sin) = NormalPair(words[i], words[i + 1]);
                values[i] = mean + deviation * (float)cos;
                if (i + 1 < values.Length) values[i + 1] = mean + deviation * (float)sin;
            }
        }
    }

    /// <summary>Permutes <paramref name="items"/>; every order is equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>A random order of 0 … <paramref name="n"/> − 1.</summary>
    public int[] Permutation(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        Shuffle<int>(order);
        return order;
    }

    private static float ToSingle(uint word) => (int)(word >> 8) * (1f / (1 << 24));

    // (7): r = √(−2 ln u), u = (w₀ + 1)·2⁻³² in (0, 1]; the angle is w₁·2⁻³² turns.
    private static (double Cos, double Sin) NormalPair(uint w0, uint w1)
    {
        double radius = Math.Sqrt(-2 * PortableMath.Log((w0 + 1.0) * (1.0 / (1L << 32))));
        (double cos, double sin) = PortableMath.CosSinOfTurn(w1);
        return (radius * cos, radius * sin);
    }
}
