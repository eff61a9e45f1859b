using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Runs <see cref="OuterProductKey"/> over any number of rows and columns, on the kernels of one instruction set or on the managed tile: the same bits.</summary>
internal sealed unsafe class OuterProducts
{
    private static readonly OuterProducts[] Sets = [.. Enumerable.Range(0, InstructionSets.Count).Select(s => new OuterProducts((InstructionSet)s))];
    private readonly InstructionSet _set;
    private readonly GeneratedKernel?[] _kernels;      // [blocks − 1][rows − 1], filled when first asked for
    private readonly int _most;

    private OuterProducts(InstructionSet set)
    {
        _set = set;
        _most = set == InstructionSet.None ? 0 : OuterProductKey.MostRows(set, 1);
        _kernels = new GeneratedKernel?[2 * _most];
    }

    /// <summary>Those of a set.</summary>
    public static OuterProducts Of(InstructionSet set) => Sets[(int)set.OnVectors()];

    /// <summary>Columns of a full panel: those of one kernel.</summary>
    public int PanelColumns => (_set == InstructionSet.None ? 1 : ContractionKey.PanelBlocks(_set)) * ChannelConstants.Block;

    /// <summary>Rows of a full tile.</summary>
    public int MostRows => Most(PanelColumns);

    /// <summary>y[r, n] += Σ x[k, r]·w[k, n].</summary>
    /// <param name="a">The arguments of the tile of all rows and columns.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    public void Run(in OuterProductArguments a, int rows, int columns)
    {
        const int Block = ChannelConstants.Block;
        OuterProductArguments tile = a;
        for (int n = 0, width; n < columns; n += width)
        {
            width = Math.Min(PanelColumns, columns - n);
            int most = Most(width), tiles = (rows + most - 1) / most;
            tile.W = a.W + n * sizeof(float);
            for (int t = 0; t < tiles; t++)
            {
                int first = (int)((long)rows * t / tiles), count = (int)((long)rows * (t + 1) / tiles) - first;      // as even as can be
                tile.X = a.X + first * sizeof(float);
                tile.Y = a.Y + first * a.YStride + n * sizeof(float);
                Tile(&tile, count, width / Block);
            }
        }
    }

    private int Most(int columns) => _set == InstructionSet.None ? OuterProductTile.MostRows : OuterProductKey.MostRows(_set, columns / ChannelConstants.Block);

    private void Tile(OuterProductArguments* a, int rows, int blocks)
    {
        if (Kernel(rows, blocks) is { } kernel) kernel.Run(a);
        else Managed(*a, rows, blocks);
    }

    private GeneratedKernel? Kernel(int rows, int blocks)
    {
        if (_set == InstructionSet.None) return null;
        ref GeneratedKernel? slot = ref _kernels[(blocks - 1) * _most + rows - 1];
        return Volatile.Read(ref slot) ?? (slot = KernelCache.Get(new OuterProductKey(_set, rows, blocks)));
    }

    private static void Managed(OuterProductArguments a, int rows, int blocks)
    {
        OuterProductArguments whole = a;
        for (int b = 0; b < blocks; b++)
            for (int r = 0; r < rows; r += OuterProductTile.MostRows)
            {
                a.X = whole.X + r * sizeof(float);
                a.W = whole.W + b * OuterProductTile.Columns * sizeof(float);
                a.Y = whole.Y + r * a.YStride + b * OuterProductTile.Columns * sizeof(float);
                OuterProductTile.Run(&a, Math.Min(OuterProductTile.MostRows, rows - r));
            }
    }
}
