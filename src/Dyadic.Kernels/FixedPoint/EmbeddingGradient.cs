using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>d[r, c] += Σ g[i, c] over the i with rows[i] = r: the gradient of a table of embeddings, in counters at the exponent of g.</summary>
/// <remarks>Tayaranian Hosseini et al. 2022, integer embedding. Exact; rows that nothing names stay as they are. No floating-point arithmetic.</remarks>
public static unsafe class EmbeddingGradient
{
    /// <summary>In the place of a padding row where there is none.</summary>
    public const int NoPadding = -1;

    /// <summary>Whether the sums of so many codes of <paramref name="bits"/> bits fit 32 bits.</summary>
    public static bool Fits(int tokens, int bits) => tokens < 1 << (31 - (bits <= 8 ? 8 : 16));

    /// <summary>Adds the gradients to counters of 32 bits.</summary>
    /// <param name="g">Codes, [tokens, columns].</param>
    /// <param name="columns">The length of an embedding.</param>
    /// <param name="rows">The row of each token; <paramref name="padding"/> gets nothing.</param>
    /// <param name="padding">The row without a gradient, or <see cref="NoPadding"/>.</param>
    /// <param name="counters">[table's rows, columns]; what they hold already is kept.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">So many tokens could overflow 32 bits; use counters of 64.</exception>
    public static void Add(CodeSpan g, int columns, ReadOnlySpan<int> rows, int padding, Span<int> counters, in ExecutionMode mode)
    {
        if (!Fits(rows.Length, g.Bits))
            throw new PrecisionException($"EmbeddingGradient: {rows.Length} tokens of {g.Bits}-bit codes may overflow 32 bits. Use counters of 64 bits.");
        Run(g, columns, rows, padding, counters, mode);
    }

    /// <summary>Adds the gradients to counters of 64 bits.</summary>
    /// <inheritdoc cref="Add(CodeSpan, int, ReadOnlySpan{int}, int, Span{int}, in ExecutionMode)" path="/param"/>
    public static void Add(CodeSpan g, int columns, ReadOnlySpan<int> rows, int padding, Span<long> counters, in ExecutionMode mode) => Run(g, columns, rows, padding, counters, mode);

    private static void Run<TSum>(CodeSpan g, int columns, ReadOnlySpan<int> rows, int padding, Span<TSum> counters, in ExecutionMode mode) where TSum : unmanaged
    {
        Ensure.Shape(columns > 0 && g.Length == (long)rows.Length * columns && counters.Length % columns == 0,
            $"EmbeddingGradient: {g.Length} codes for {rows.Length} tokens and {counters.Length} counters, rows of {columns}. Pass [tokens, columns] and [table, columns].");
        foreach (int row in rows)
            if (row != padding) Ensure.Argument((uint)row < (uint)(counters.Length / columns), $"EmbeddingGradient: row {row} of a table of {counters.Length / columns}.");
        fixed (byte* codes = g.Bytes)
        fixed (int* at = rows)
        fixed (TSum* sums = counters)
        {
            if (g.Bits <= 8) Run(new Body<sbyte, TSum>((sbyte*)codes, columns, at, rows.Length, padding, sums, mode.Width), columns, rows.Length, mode);
            else Run(new Body<short, TSum>((short*)codes, columns, at, rows.Length, padding, sums, mode.Width), columns, rows.Length, mode);
        }
    }

    private static void Run<TBody>(TBody body, int columns, int tokens, in ExecutionMode mode) where TBody : struct, IParallelBody =>
        WorkerPool.For((columns + GroupValues.Widest - 1) / GroupValues.Widest, mode, ref body, Math.Max(1, (1 << 10) / Math.Max(1, tokens)));

    // A thread takes columns of all tokens, so that no two meet.
    private readonly struct Body<T, TSum>(T* g, int columns, int* rows, int tokens, int padding, TSum* sums, SimdWidth width) : IParallelBody
        where T : unmanaged where TSum : unmanaged
    {
        public void Run(int start, int end)
        {
            int first = start * GroupValues.Widest, last = Math.Min(end * GroupValues.Widest, columns);
            for (int token = 0; token < tokens; token++)
            {
                if (rows[token] == padding) continue;
                T* from = g + (nint)token * columns;
                TSum* to = sums + (nint)rows[token] * columns;
                int c = sizeof(TSum) != 4 ? first : width switch
                {
                    SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(from, (int*)to, first, last),
                    SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(from, (int*)to, first, last),
                    SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(from, (int*)to, first, last),
                    _ => first,
                };
                for (; c < last; c++)
                {
                    if (sizeof(TSum) == 4) ((int*)to)[c] += Codes.Read(from, c);
                    else ((long*)to)[c] += Codes.Read(from, c);
                }
            }
        }

        private static int Vectors<TOps, TVector>(T* from, int* to, int c, int last) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            for (; c <= last - TOps.Lanes; c += TOps.Lanes) TOps.Store(TOps.Add(TOps.Load(to + c), Codes.Load<T, TOps, TVector>(from + c)), to + c);
            return c;
        }
    }
}
