using Dyadic.Kernels;
using Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The sizes of a sequence: x [T, N, F], W_ih [4H, F], W_hh [4H, H].</summary>
internal readonly struct LstmSizes
{
    /// <summary>The fewest samples that a thread takes: rows of two tiles.</summary>
    public const int LeastSamples = 12;

    private readonly bool _reverse;

    /// <summary>Those of inputs that begin with x, W_ih and W_hh.</summary>
    public LstmSizes(ReadOnlySpan<TensorView> inputs, bool reverse)
    {
        (Steps, Batch, Features) = (inputs[0].Dims[0], inputs[0].Dims[1], inputs[0].Dims[2]);
        (Hidden, _reverse) = (inputs[2].Dims[1], reverse);
    }

    public int Steps { get; }

    public int Batch { get; }

    public int Features { get; }

    public int Hidden { get; }

    /// <summary>The time of the cell's step <paramref name="i"/>.</summary>
    public int Time(int i) => _reverse ? Steps - 1 - i : i;
}

/// <summary>Matrix products of one type: float32 on the kernels, float64 by the definition.</summary>
internal sealed unsafe class LstmProduct<T> : IDisposable where T : unmanaged
{
    private readonly FloatWeights? _floats;
    private readonly double* _doubles;
    private readonly int _k, _n;
    private readonly bool _transposed;

    /// <summary>y = x·W for several x; see <see cref="FloatWeights"/>.</summary>
    public LstmProduct(T* w, int k, int n, bool transposed, int rows, in ExecutionMode mode)
    {
        (_k, _n, _transposed) = (k, n, transposed);
        if (typeof(T) == typeof(float)) _floats = new((float*)w, k, n, transposed, rows, mode);
        else _doubles = (double*)w;
    }

    public bool TakesParts => _floats is null || _floats.TakesParts;

    public void Run(T* x, int rows, T* y, in ExecutionMode mode)
    {
        if (_floats is not null) _floats.Run((float*)x, rows, (float*)y, mode);
        else ReferenceGemm.Run((double*)x, _k, false, _doubles, _transposed ? _k : _n, _transposed, (double*)y, _n, rows, _n, _k, false);
    }

    /// <summary>y [m, n] = op(a)·op(b), all dense.</summary>
    public static void Run(T* a, bool transA, T* b, bool transB, T* y, int m, int n, int k, in ExecutionMode mode)
    {
        (int lda, int ldb) = (transA ? m : k, transB ? k : n);
        if (typeof(T) == typeof(float)) FloatGemm.Run((float*)a, lda, transA, (float*)b, ldb, transB, (float*)y, n, m, n, k, 0, mode);
        else ReferenceGemm.Run((double*)a, lda, transA, (double*)b, ldb, transB, (double*)y, n, m, n, k, false);
    }

    public void Dispose() => _floats?.Dispose();
}
