using System.Runtime.Intrinsics;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels;

/// <summary>y = x·W for several x in a row: W is packed once, where <see cref="FloatGemm"/> would pack it each time. The bits are those of that product of all rows.</summary>
public readonly unsafe struct FloatWeights : IDisposable
{
    private const int MostTurned = 64;      // K of small products, below the parts that managed tiles cut sums into
    private readonly float* _w, _turned;
    private readonly int _k, _n;
    private readonly bool _transposed;
    private readonly PackedOperands? _packed;

    /// <summary>Packs W if that is how it will be read.</summary>
    /// <param name="w">W [K, N], or its transpose [N, K]; it stays in place and unchanged while the products run.</param>
    /// <param name="k">K.</param>
    /// <param name="n">N.</param>
    /// <param name="transposed">Whether W is stored as [N, K].</param>
    /// <param name="rows">Rows of x in a whole product, which decide the kernel.</param>
    /// <param name="room">Memory for <see cref="Room"/> values that stays while the products run.</param>
    /// <param name="mode">Kernels, and threads that pack.</param>
    public FloatWeights(float* w, int k, int n, bool transposed, int rows, float* room, in ExecutionMode mode)
    {
        _w = w;
        (_k, _n, _transposed) = (k, n, transposed);
        GemmProblem whole = new() { B = w, Lda = k, Ldb = transposed ? k : n, Ldc = n, M = rows, N = n, K = k, TransB = transposed };
        if (SkinnyGemm.Takes(in whole, mode)) return;
        if (GeneratedGemm.TakesRows(in whole, mode))
        {
            _packed = TransientOperands.RentMatrix(k, n, mode.Code);
            _packed.PackMatrix(w, transposed, mode.Threads);
        }
        else if (Room(k, n) > 0 && mode.Width != SimdWidth.Scalar) _turned = Turned(room);
    }

    /// <summary>Values of working memory for W [K, N].</summary>
    public static nint Room(int k, int n) => k is > 0 and <= MostTurned ? (nint)k * Columns(n) : 0;

    /// <summary>True where some rows may be multiplied without the others.</summary>
    public bool TakesParts => _packed is not null || _turned != null;

    /// <summary>y [rows, N] = x [rows, K]·W.</summary>
    /// <param name="x">Rows of K values, one after another.</param>
    /// <param name="rows">How many: all of a product unless <see cref="TakesParts"/>.</param>
    /// <param name="y">Rows of N values.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Run(float* x, int rows, float* y, in ExecutionMode mode)
    {
        if (_packed is { } packed)
        {
            WindowSizes s = new(1, _k, rows, 1, _n, rows, 1, 1, new Window(1, 1));
            ContractionDriver.Run(in s, (byte*)x, OperandForm.Same, default, packed, null, TransientOperands.Unbounded, null, (byte*)y, in mode);
        }
        else if (_turned != null)
            for (int r = 0; r < rows; r++) Chains(x + (nint)r * _k, y + (nint)r * _n);
        else FloatGemm.Run(x, _k, false, _w, _transposed ? _k : _n, _transposed, y, _n, rows, _n, _k, 0, mode);
    }

    /// <summary>Keeps the room of packed weights for the next W of this shape.</summary>
    public void Dispose()
    {
        if (_packed is { } packed) TransientOperands.Return(packed);
    }

    private static int Columns(int n) => (n + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;

    // [K, N] with rows of whole vectors.
    private float* Turned(float* room)
    {
        int columns = Columns(_n);
        for (int i = 0; i < _k; i++)
            for (int c = 0; c < columns; c++) room[i * columns + c] = c >= _n ? 0 : _transposed ? _w[c * _k + i] : _w[i * _n + c];
        return room;
    }

    // A chain of fused multiply-adds over k for each value, as managed tiles have it; four vectors keep the adders busy.
    private void Chains(float* x, float* y)
    {
        const int L = 8;
        int columns = Columns(_n), c = 0;
        for (; c <= columns - 4 * L; c += 4 * L)
        {
            Vector256<float> a = default, b = default, d = default, e = default;
            float* w = _turned + c;
            for (int i = 0; i < _k; i++, w += columns)
            {
                Vector256<float> v = Vector256.Create(x[i]);
                a = Vector256.FusedMultiplyAdd(v, Vector256.Load(w), a);
                b = Vector256.FusedMultiplyAdd(v, Vector256.Load(w + L), b);
                d = Vector256.FusedMultiplyAdd(v, Vector256.Load(w + 2 * L), d);
                e = Vector256.FusedMultiplyAdd(v, Vector256.Load(w + 3 * L), e);
            }
            Store(a, y, c);
            Store(b, y, c + L);
            Store(d, y, c + 2 * L);
            Store(e, y, c + 3 * L);
        }
        for (; c < columns; c += L)
        {
            Vector256<float> sum = default;
            for (int i = 0; i < _k; i++) sum = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), Vector256.Load(_turned + i * columns + c), sum);
            Store(sum, y, c);
        }
    }

    private void Store(Vector256<float> sums, float* y, int at)
    {
        if (at + Vector256<float>.Count <= _n) sums.Store(y + at);
        else
            for (int j = 0; at + j < _n; j++) y[at + j] = sums[j];
    }
}
