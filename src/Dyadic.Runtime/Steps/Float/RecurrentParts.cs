using Dyadic.Kernels;
using Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The sizes of a sequence through a cell, and the way that it goes.</summary>
/// <param name="Steps">T.</param>
/// <param name="Batch">N.</param>
/// <param name="Features">F, values of x.</param>
/// <param name="Hidden">H, values of a state.</param>
/// <param name="Reverse">From the last step to the first.</param>
internal readonly record struct RecurrentSizes(int Steps, int Batch, int Features, int Hidden, bool Reverse)
{
    /// <summary>The fewest samples that a thread takes: rows of two tiles.</summary>
    public const int LeastSamples = 12;

    /// <summary>Those of an LSTM whose inputs begin with x [T, N, F], W_ih [4H, F] and W_hh [4H, H].</summary>
    public RecurrentSizes(ReadOnlySpan<TensorView> inputs, bool reverse)
        : this(inputs[0].Dims[0], inputs[0].Dims[1], inputs[0].Dims[2], inputs[2].Dims[1], reverse)
    {
    }

    /// <summary>The time of the cell's step <paramref name="i"/>.</summary>
    public int Time(int i) => Reverse ? Steps - 1 - i : i;

    /// <summary>States [N, H] from one for each sample, or from one for all.</summary>
    public static void Spread<T>(ReadOnlySpan<T> from, Span<T> to)
    {
        for (int at = 0; at < to.Length; at += from.Length) from.CopyTo(to[at..]);
    }
}

/// <summary>Matrix products of one type: float32 on the kernels, float64 by the definition.</summary>
internal readonly unsafe struct RecurrentProduct<T> : IDisposable where T : unmanaged
{
    private readonly FloatWeights _floats;
    private readonly double* _doubles;
    private readonly int _k, _n;
    private readonly bool _transposed;

    /// <summary>y = x·W for several x; see <see cref="FloatWeights"/>.</summary>
    public RecurrentProduct(T* w, int k, int n, bool transposed, int rows, T* room, in ExecutionMode mode)
    {
        (_k, _n, _transposed) = (k, n, transposed);
        if (typeof(T) == typeof(float)) _floats = new((float*)w, k, n, transposed, rows, (float*)room, mode);
        else _doubles = (double*)w;
    }

    /// <summary>Values of working memory; see <see cref="FloatWeights.Room"/>.</summary>
    public static nint Room(int k, int n) => typeof(T) == typeof(float) ? FloatWeights.Room(k, n) : 0;

    public bool TakesParts => _doubles != null || _floats.TakesParts;

    public void Run(T* x, int rows, T* y, in ExecutionMode mode)
    {
        if (_doubles == null) _floats.Run((float*)x, rows, (float*)y, mode);
        else ReferenceGemm.Run((double*)x, _k, false, _doubles, _transposed ? _k : _n, _transposed, (double*)y, _n, rows, _n, _k, false);
    }

    /// <summary>y [m, n] = op(a)·op(b), all dense.</summary>
    public static void Run(T* a, bool transA, T* b, bool transB, T* y, int m, int n, int k, in ExecutionMode mode)
    {
        (int lda, int ldb) = (transA ? m : k, transB ? k : n);
        if (typeof(T) == typeof(float)) FloatGemm.Run((float*)a, lda, transA, (float*)b, ldb, transB, (float*)y, n, m, n, k, 0, mode);
        else ReferenceGemm.Run((double*)a, lda, transA, (double*)b, ldb, transB, (double*)y, n, m, n, k, false);
    }

    public void Dispose() => _floats.Dispose();
}
