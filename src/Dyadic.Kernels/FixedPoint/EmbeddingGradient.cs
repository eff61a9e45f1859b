using System.Numerics;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>d[r, c] += Σ g[i, c] over the i with rows[i] = r: the gradient of a table of embeddings, in counters at the exponent of g.</summary>
/// <remarks>Tayaranian Hosseini et al. 2022, integer embedding. Exact; rows that nothing names stay as they are. No floating-point arithmetic.</remarks>
public static unsafe class EmbeddingGradient
{
    /// <summary>Adds the gradients to counters of 32 bits.</summary>
    /// <param name="g">Codes, [tokens, columns].</param>
    /// <param name="columns">The length of an embedding.</param>
    /// <param name="rows">The row of each token; <paramref name="padding"/> gets nothing.</param>
    /// <param name="padding">The row without a gradient; negative for none.</param>
    /// <param name="counters">[table's rows, columns]; what they hold already is kept.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">So many tokens could overflow 32 bits; use counters of 64.</exception>
    public static void Add<T>(ReadOnlySpan<T> g, int columns, ReadOnlySpan<int> rows, int padding, Span<int> counters, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        if (rows.Length >= 1 << (31 - 8 * sizeof(T)))
            throw new PrecisionException($"EmbeddingGradient: {rows.Length} tokens of {8 * sizeof(T)}-bit codes may overflow 32 bits. Use counters of 64 bits.");
        Run(g, columns, rows, padding, counters, mode);
    }

    /// <summary>Adds the gradients to counters of 64 bits.</summary>
    /// <inheritdoc cref="Add{T}(ReadOnlySpan{T}, int, ReadOnlySpan{int}, int, Span{int}, in ExecutionMode)" path="/param"/>
    public static void Add<T>(ReadOnlySpan<T> g, int columns, ReadOnlySpan<int> rows, int padding, Span<long> counters, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T> =>
        Run(g, columns, rows, padding, counters, mode);

    private static void Run<T, TSum>(ReadOnlySpan<T> g, int columns, ReadOnlySpan<int> rows, int padding, Span<TSum> counters, in ExecutionMode mode)
        where T : unmanaged where TSum : unmanaged
    {
        Codes.Check<T>(nameof(EmbeddingGradient), 2);
        Ensure.Shape(columns > 0 && g.Length == (long)rows.Length * columns && counters.Length % columns == 0,
            $"EmbeddingGradient: {g.Length} codes for {rows.Length} tokens and {counters.Length} counters, rows of {columns}. Pass [tokens, columns] and [table, columns].");
        foreach (int row in rows)
            if (row != padding) Ensure.Argument((uint)row < (uint)(counters.Length / columns), $"EmbeddingGradient: row {row} of a table of {counters.Length / columns}.");
        fixed (T* codes = g)
        fixed (int* at = rows)
        fixed (TSum* sums = counters)
        {
            Body<T, TSum> body = new(codes, columns, at, rows.Length, padding, sums, mode.Width);
            WorkerPool.For((columns + GroupValues.Widest - 1) / GroupValues.Widest, mode, ref body, Math.Max(1, (1 << 10) / Math.Max(1, rows.Length)));
        }
    }

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
