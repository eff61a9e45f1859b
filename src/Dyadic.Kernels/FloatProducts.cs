using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels;

/// <summary>
/// Products of one size, one after another on one thread, as those of attention are: room, kernels and addresses are prepared once, where <see cref="FloatGemm"/> would
/// prepare them for each. The bits are those of <see cref="FloatGemm"/>.
/// </summary>
public unsafe ref struct FloatProducts
{
    private const int MostSteps = 512, MostBytes = 256 << 10;      // of a product and its left factor; beyond them preparing weighs nothing, and caches want it cut
    private readonly GemmProblem _p;
    private readonly ExecutionMode _mode;
    private readonly PackedOperands? _packed;
    private ScratchBuffer<nint> _rows;

    /// <summary>Prepares products C = op(A)·op(B); rows lie one after another in all three.</summary>
    /// <param name="transA">Whether A is stored as [K, M].</param>
    /// <param name="transB">Whether B is stored as [N, K].</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K.</param>
    /// <param name="mode">Kernels, and the threads of each product; they are prepared for one thread only.</param>
    public FloatProducts(bool transA, bool transB, int m, int n, int k, in ExecutionMode mode)
    {
        _p = new() { Lda = transA ? m : k, Ldb = transB ? k : n, Ldc = n, M = m, N = n, K = k, TransA = transA, TransB = transB };
        _mode = mode;
        bool isSmall = k <= MostSteps && (long)m * (n + k) * sizeof(float) <= MostBytes;
        if (mode.Threads > 1 || !isSmall || n % ChannelConstants.Block != 0 || SkinnyGemm.Takes(in _p, mode) || !GeneratedGemm.TakesRows(in _p, mode)) return;
        _rows = Scratch.Rent<nint>(m);
        _packed = TransientOperands.RentMatrix(k, n, mode.Code);
        if (_packed.Set != InstructionSet.None) return;
        TransientOperands.Return(_packed);
        _packed = null;
    }

    /// <summary>Computes one of them.</summary>
    public void Run(float* a, float* b, float* c)
    {
        if (_packed is { } packed) OnTiles(packed, a, b, c);
        else FloatGemm.Run(a, _p.Lda, _p.TransA, b, _p.Ldb, _p.TransB, c, _p.Ldc, _p.M, _p.N, _p.K, 0, _mode);
    }

    /// <summary>Keeps the room for the next products of this size.</summary>
    public void Dispose()
    {
        if (_packed is { } packed) TransientOperands.Return(packed);
        _rows.Dispose();
    }

    private void OnTiles(PackedOperands packed, float* a, float* b, float* c)
    {
        packed.PackMatrix(b, _p.TransB);
        nint* rows = _rows.Pointer;
        for (int i = 0; i < _p.M; i++) rows[i] = (nint)(a + (nint)i * _p.K);
        nint segment = 0;
        ContractionArguments tile = new() { Segments = &segment, SegmentCount = 1, Steps4 = _p.K / 4, StepsRest = _p.K % 4, YStride = (nint)_p.N * sizeof(float) };
        (tile.Lo, tile.Hi) = TransientOperands.Unbounded;
        int count = (_p.M + packed.MostRows - 1) / packed.MostRows, panelBlocks = packed.PanelColumns / ChannelConstants.Block;
        for (int panel = 0; panel < packed.Panels; panel++)
        {
            tile.Weights = tile.Ahead = packed.WeightsAt(0, panel);
            tile.Constants = packed.ConstantsAt(0, panel * panelBlocks);
            int blocks = Math.Min(panelBlocks, packed.GroupBlocks - panel * panelBlocks);
            for (int i = 0, at = 0; i < count; i++)
            {
                int end = (int)((long)_p.M * (i + 1) / count);      // as even as can be
                tile.Rows = rows + at;
                tile.Y = (byte*)(c + (nint)at * _p.N + panel * packed.PanelColumns);
                packed.Run(end - at, blocks, &tile);
                at = end;
            }
        }
    }
}
