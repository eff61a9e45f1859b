using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>v ≈ q·2^E[i / 64]: codes with an exponent for each block of 64, for the moments of Adam, whose sizes differ too much to share one.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (27). The second moment is kept as its root, which halves its range in powers of two; with <c>neverZero</c> a root that is not zero has
/// no code 0, so that m/(√v + ε), a float from codes, is never divided by ε alone because of rounding.
/// </remarks>
public static unsafe class BlockMap
{
    /// <summary>Elements that share an exponent.</summary>
    public const int Block = RoundingDraw.Group;

    /// <summary>Exponents of so many elements.</summary>
    public static int Blocks(int count) => (count + Block - 1) / Block;

    /// <summary>Maps each block with the exponent of its largest magnitude.</summary>
    /// <param name="v">Values.</param>
    /// <param name="q">Receives the codes.</param>
    /// <param name="exponents">Receives an exponent for each block.</param>
    /// <param name="bits">b, 2 to 16.</param>
    /// <param name="neverZero">Values that are not 0 (or subnormal) get a code of at least 1 in magnitude.</param>
    /// <param name="what">Whose values: it names the tensor in the failure.</param>
    /// <param name="rounding">Stochastic, or to the nearest.</param>
    /// <param name="draw">The bits of stochastic rounding.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">A value is infinite or NaN.</exception>
    public static void Quantize(
        ReadOnlySpan<float> v, Span<short> q, Span<short> exponents, int bits, bool neverZero, string what, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Check(v.Length, q.Length, exponents.Length);
        Codes.Check<short>(nameof(BlockMap), bits);
        FixedPointMap.Largest(v, what, mode);                                          // names what is not finite, by its place in the tensor
        fixed (float* values = v)
        fixed (short* codes = q, e = exponents)
        {
            Mapping body = new(values, codes, e, v.Length, bits, neverZero, rounding, draw, mode.Width);
            WorkerPool.For(exponents.Length, mode, ref body, 64);
        }
    }

    /// <summary>v = q·2ᴱ, exact.</summary>
    /// <param name="q">Codes.</param>
    /// <param name="exponents">An exponent for each block.</param>
    /// <param name="v">Receives the values.</param>
    /// <param name="mode">Vector width and threads.</param>
    public static void Dequantize(ReadOnlySpan<short> q, ReadOnlySpan<short> exponents, Span<float> v, in ExecutionMode mode)
    {
        Check(v.Length, q.Length, exponents.Length);
        fixed (float* values = v)
        fixed (short* codes = q, e = exponents)
        {
            Inverse body = new(codes, e, values, v.Length, mode.Width);
            WorkerPool.For(exponents.Length, mode, ref body, 64);
        }
    }

    private static void Check(int v, int q, int exponents) =>
        Ensure.Shape(v == q && exponents == Blocks(v), $"BlockMap: {v} values, {q} codes and {exponents} exponents. {v} values have {Blocks(v)} blocks of {Block}.");

    private readonly struct Mapping(float* v, short* q, short* exponents, int count, int bits, bool neverZero, Rounding rounding, RoundingDraw draw, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            ExecutionMode own = new(width, 1);
            for (int block = start; block < end; block++)
            {
                int first = block * Block, size = Math.Min(Block, count - first);
                float largest = BitConverter.UInt32BitsToSingle((uint)FixedPointMap.Most(new FloatMagnitudes((int*)(v + first)), size, own));
                exponents[block] = (short)FixedPointCode.Exponent(largest, bits);
                RoundingLoop.Run(new FloatSource(v + first, bits, exponents[block]), new Span<short>(q + first, size), bits, rounding, draw, own, offset: first);
                if (!neverZero) continue;
                for (int i = first; i < first + size; i++)
                    if (q[i] == 0 && float.IsNormal(v[i])) q[i] = (short)MathF.Sign(v[i]);
            }
        }
    }

    private readonly struct Inverse(short* q, short* exponents, float* v, int count, SimdWidth width) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int block = start; block < end; block++)
            {
                int first = block * Block, size = Math.Min(Block, count - first);
                InverseLoop.Run(q + first, exponents[block], new Span<float>(v + first, size), new(width, 1));
            }
        }
    }
}
