using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Weights and channel constants as the kernels of one instruction set, or a managed tile, read them, and those kernels.</summary>
/// <remarks>
/// <code>
/// weights    [group][panel of 32 or 16 columns][segment][step][column][4 bytes]
/// constants  [group][block of 16 columns], see <see cref="ChannelConstants"/>
/// </code>
/// </remarks>
internal sealed unsafe class PackedOperands
{
    private readonly NativeMemoryBlock _weights, _constants, _codes;
    private readonly GeneratedKernel?[] _kernels;
    private readonly nint[] _entries;
    private readonly delegate*<ContractionArguments*, int, void> _managed;

    private PackedOperands(
        in ContractionShape shape, InstructionSet set, OperandKind kind, TileEnd end, GeneratedKernel?[] kernels, delegate*<ContractionArguments*, int, void> managed)
    {
        _managed = managed;
        (Shape, Set, Kind, End, _kernels) = (shape, set, kind, end, kernels);
        IsRowwise = set != InstructionSet.None && Rowwise(in shape);
        MostRows = set == InstructionSet.None ? FloatTile.MostRows : IsRowwise ? DepthwiseRowKey.MostRows(set, shape.Window.KernelW) : ContractionKey.MostRows(set);
        (ValuesPerStep, ValueBytes) = kind switch { OperandKind.U8S8 => (4, 1), OperandKind.S16S16 => (2, 2), _ => (1, 4) };
        PanelColumns = shape.Depthwise ? ChannelConstants.Block : PanelBlocks * ChannelConstants.Block;
        Panels = (shape.GroupOuts + PanelColumns - 1) / PanelColumns;
        Steps = shape.Depthwise ? 1 : (shape.SegmentValues + ValuesPerStep - 1) / ValuesPerStep;
        GroupBlocks = (shape.GroupOuts + ChannelConstants.Block - 1) / ChannelConstants.Block;
        _weights = new(shape.Groups * GroupBlocks * BlockBytes);
        _constants = new((nint)shape.Groups * GroupBlocks * ChannelConstants.Bytes + 64);
        _codes = new(CodeConstants.Bytes);
        _entries = [.. kernels.Select(k => k is null ? 0 : k.Address)];
    }

    public ContractionShape Shape { get; }

    /// <summary>True where the rows of a tile must be neighbours of one output row.</summary>
    public bool IsRowwise { get; }

    /// <summary>The most rows of a tile.</summary>
    public int MostRows { get; }

    public InstructionSet Set { get; }

    public OperandKind Kind { get; }

    /// <summary>True where 8-bit values of x reach the kernels as s8: those of managed tiles; generated kernels take u8.</summary>
    public bool IsSigned => Set == InstructionSet.None;

    public TileEnd End { get; }

    /// <summary>Values of x in the four bytes of a step.</summary>
    public int ValuesPerStep { get; }

    /// <summary>Bytes of a value of x as kernels read it, unless depthwise kernels widen it themselves.</summary>
    public int ValueBytes { get; }

    /// <summary>Columns of a full panel.</summary>
    public int PanelColumns { get; }

    /// <summary>Panels of a group.</summary>
    public int Panels { get; }

    /// <summary>Steps of a segment.</summary>
    public int Steps { get; }

    /// <summary>Blocks of 16 columns in a group.</summary>
    public int GroupBlocks { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _weights.Bytes + _constants.Bytes;

    private nint BlockBytes => (nint)Shape.Segments * Steps * 4 * ChannelConstants.Block;

    private int PanelBlocks => Set == InstructionSet.None ? 1 : ContractionKey.PanelBlocks(Set);

    /// <summary>Room for the weights of a managed kernel, which is called with a tile and the number of its rows.</summary>
    public static PackedOperands Managed(in ContractionShape shape, OperandKind kind, TileEnd end, delegate*<ContractionArguments*, int, void> kernel) =>
        new(in shape, InstructionSet.None, kind, end, [], kernel);

    /// <summary>Room for the weights, with the kernels that will read them; null where one of those was refused.</summary>
    public static PackedOperands? For(in ContractionShape shape, InstructionSet set, OperandKind kind, DepthwiseKind depthwise, TileEnd end)
    {
        bool rowwise = Rowwise(in shape);
        int kernelW = shape.Window.KernelW, most = rowwise ? DepthwiseRowKey.MostRows(set, kernelW) : ContractionKey.MostRows(set), full = shape.Depthwise ? 1 : ContractionKey.PanelBlocks(set);
        int rest = (shape.GroupOuts + ChannelConstants.Block - 1) / ChannelConstants.Block % full;
        GeneratedKernel?[] kernels = new GeneratedKernel?[2 * most];      // [blocks − 1][rows − 1]
        for (int rows = 1; rows <= most; rows++)
            foreach (int blocks in shape.GroupOuts < full * ChannelConstants.Block && rest != 0 ? [rest] : rest == 0 ? (int[])[full] : [full, rest])
            {
                KernelKey key = rowwise ? new DepthwiseRowKey(set, depthwise, kernelW, rows, end) : shape.Depthwise ? new DepthwiseKey(set, depthwise, rows, end) : new ContractionKey(set, kind, rows, blocks, end);
                if (KernelCache.Get(key) is not { } kernel) return null;
                kernels[(blocks - 1) * most + rows - 1] = kernel;
            }
        return new(in shape, set, kind, end, kernels, null);
    }

    /// <summary>Integer weights [M, C/g, kH, kW] that fit what the kernels multiply.</summary>
    public void Pack(ReadOnlySpan<short> weights)
    {
        fixed (short* w = weights) Pack(w);
    }

    /// <summary>Weights [M, C/g, kH, kW] in float32.</summary>
    public void Pack(ReadOnlySpan<float> weights)
    {
        fixed (float* w = weights) Pack(w);
    }

    /// <summary>Float32 weights [K, N] of a product.</summary>
    public void PackColumns(ReadOnlySpan<float> weights)
    {
        for (int first = 0; first < Shape.Outputs; first += PanelColumns)
        {
            int columns = Math.Min(PanelColumns, GroupBlocks * ChannelConstants.Block - first), valid = Math.Min(columns, Shape.Outputs - first);
            float* to = (float*)WeightsAt(0, first / PanelColumns);
            for (int k = 0; k < Steps; k++, to += columns) weights.Slice(k * Shape.Outputs + first, valid).CopyTo(new(to, valid));
        }
    }

    /// <summary>See <see cref="CodeConstants"/>.</summary>
    public byte* Codes => _codes.Pointer;

    /// <summary>The weights of a panel.</summary>
    public byte* WeightsAt(int group, int panel) => _weights.Pointer + ((nint)group * GroupBlocks + panel * (PanelColumns / ChannelConstants.Block)) * BlockBytes;

    /// <summary>The constants of a block.</summary>
    public byte* ConstantsAt(int group, int block) => _constants.Pointer + ((nint)group * GroupBlocks + block) * ChannelConstants.Bytes;

    /// <summary>The constants of an output channel: its block and its lane in it.</summary>
    public byte* ConstantsOf(int channel, out int lane)
    {
        int within = channel % Shape.GroupOuts;
        lane = within % ChannelConstants.Block;
        return ConstantsAt(channel / Shape.GroupOuts, within / ChannelConstants.Block);
    }

    /// <summary>Runs a tile.</summary>
    public void Run(int rows, int blocks, ContractionArguments* a)
    {
        if (Set == InstructionSet.None) _managed(a, rows);
        else ((delegate* unmanaged[SuppressGCTransition]<void*, void>)_entries[(blocks - 1) * (_entries.Length / 2) + rows - 1])(a);
    }

    /// <summary>The kernels, for listings.</summary>
    public IEnumerable<GeneratedKernel> Kernels => _kernels.Where(k => k is not null).Select(k => k!);

    private static bool Rowwise(in ContractionShape shape) =>
        shape.Depthwise && shape.Window is { StrideW: 1, DilationW: 1, KernelW: DepthwiseRowKey.Narrowest or DepthwiseRowKey.Widest };

    // Each row of a panel is brought into the order of segments and steps; then step after step takes four bytes of every row.
    private void Pack<T>(T* w) where T : unmanaged
    {
        int inner = Shape.Channels * Shape.Window.Taps, perStep = Shape.Depthwise ? 1 : ValuesPerStep, length = Shape.Segments * Steps * perStep;
        T** rows = stackalloc T*[PanelColumns];
        using ScratchBuffer<T> ordered = Scratch.Rent<T>(checked((PanelColumns + 1) * length));
        ordered.Span.Clear();
        for (int group = 0; group < Shape.Groups; group++)
            for (int panel = 0; panel < Panels; panel++)
            {
                int first = panel * PanelColumns, columns = Math.Min(PanelColumns, GroupBlocks * ChannelConstants.Block - first), valid = Math.Min(columns, Shape.ValidOuts(group) - first);
                for (int n = 0; n < columns; n++)
                {
                    T* from = w + (nint)(group * Shape.GroupOuts + first + n) * inner;
                    bool inOrder = Shape.Window.Taps == 1 && length == inner;
                    rows[n] = n >= valid ? ordered.Pointer + (nint)PanelColumns * length : inOrder ? from : ordered.Pointer + (nint)n * length;
                    if (n < valid && !inOrder) Order(from, rows[n], perStep);
                }
                int* to = (int*)WeightsAt(group, panel);
                for (nint k = 0; k < length; k += perStep)
                    for (int n = 0; n < columns; n++) *to++ = perStep == 4 ? LowBytes(*(ulong*)(rows[n] + k)) : perStep == 2 || sizeof(T) == 4 ? *(int*)(rows[n] + k) : *(ushort*)(rows[n] + k);
            }
    }

    private void Order<T>(T* from, T* to, int perStep) where T : unmanaged
    {
        Window t = Shape.Window;
        int tapStride = Shape.RowSegments ? Shape.Channels : Steps * perStep, rowStride = Shape.RowSegments ? Steps * perStep : t.KernelW * tapStride;
        for (int i = 0; i < t.KernelH; i++)
            for (int j = 0; j < t.KernelW; j++)
            {
                T* tap = to + i * rowStride + j * tapStride, source = from + i * t.KernelW + j;
                for (int c = 0; c < Shape.Channels; c++) tap[c] = source[(nint)c * t.Taps];
            }
    }

    // The low bytes of four int16.
    private static int LowBytes(ulong x) => (int)(x & 0xFF | x >> 8 & 0xFF00 | x >> 16 & 0xFF0000 | x >> 24 & 0xFF000000);
}

/// <summary>Native memory at a multiple of 64 bytes, zero at first, freed by the collector.</summary>
internal sealed unsafe class NativeMemoryBlock
{
    public NativeMemoryBlock(nint bytes)
    {
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(Pointer, (nuint)bytes);
        Bytes = bytes;
        GC.AddMemoryPressure(Math.Max(bytes, 1));
    }

    ~NativeMemoryBlock()
    {
        NativeMemory.AlignedFree(Pointer);
        GC.RemoveMemoryPressure(Math.Max(Bytes, 1));
    }

    public byte* Pointer { get; }

    public long Bytes { get; }
}
