using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels;

/// <summary>y = x·W for several x in a row: W is packed once, where <see cref="FloatGemm"/> would pack it each time. The bits are those of that product of all rows.</summary>
public sealed unsafe class FloatWeights : IDisposable
{
    private readonly float* _w;
    private readonly int _k, _n;
    private readonly bool _transposed;
    private PackedOperands? _packed;

    /// <summary>Packs W if that is how it will be read.</summary>
    /// <param name="w">W [K, N], or its transpose [N, K]; it stays in place and unchanged while the products run.</param>
    /// <param name="k">K.</param>
    /// <param name="n">N.</param>
    /// <param name="transposed">Whether W is stored as [N, K].</param>
    /// <param name="rows">Rows of x in a whole product, which decide the kernel.</param>
    /// <param name="mode">Kernels, and threads that pack.</param>
    public FloatWeights(float* w, int k, int n, bool transposed, int rows, in ExecutionMode mode)
    {
        _w = w;
        (_k, _n, _transposed) = (k, n, transposed);
        GemmProblem whole = new() { B = w, Lda = k, Ldb = transposed ? k : n, Ldc = n, M = rows, N = n, K = k, TransB = transposed };
        if (SkinnyGemm.Takes(in whole, mode) || !GeneratedGemm.TakesRows(in whole, mode)) return;
        ContractionShape shape = new(n * k, n, 1, new Window(1, 1));
        _packed = TransientOperands.Rent(in shape, mode.Code, null);
        ReadOnlySpan<float> values = new(w, n * k);
        if (transposed) _packed.Pack(values, mode.Threads);
        else _packed.PackColumns(values, mode.Threads);
    }

    /// <summary>True where some rows may be multiplied without the others.</summary>
    public bool TakesParts => _packed is not null;

    /// <summary>y [rows, N] = x [rows, K]·W.</summary>
    /// <param name="x">Rows of K values, one after another.</param>
    /// <param name="rows">How many: all of a product unless <see cref="TakesParts"/>.</param>
    /// <param name="y">Rows of N values.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Run(float* x, int rows, float* y, in ExecutionMode mode)
    {
        if (_packed is not { } packed)
        {
            FloatGemm.Run(x, _k, false, _w, _transposed ? _k : _n, _transposed, y, _n, rows, _n, _k, 0, mode);
            return;
        }
        WindowSizes s = new(1, _k, rows, 1, _n, rows, 1, 1, new Window(1, 1));
        ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, packed, null, TransientOperands.Unbounded, null, (byte*)y, in mode);
    }

    /// <summary>Keeps the room for the next W of this shape.</summary>
    public void Dispose()
    {
        if (_packed is { } packed) TransientOperands.Return(packed);
        _packed = null;
    }
}
