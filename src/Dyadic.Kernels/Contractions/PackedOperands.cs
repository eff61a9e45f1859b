using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>Weights and channel constants as the kernels of one instruction set, or a managed tile, read them, and those kernels.</summary>
/// <remarks>
/// Tiles share the weights with kernels on vectors, which take products too small for them; steps that fill up a tile have weights 0.
/// <code>
/// weights    [group][panel of 32 or 16 columns][segment][step][column][4 bytes]
/// constants  [group][block of 16 columns], see <see cref="ChannelConstants"/>
/// </code>
/// </remarks>
internal sealed unsafe class PackedOperands
{
    private const int RowsAtOnce = 64;      // of a matrix, which stay in the second cache while they go to all panels
    private const int LeastValues = 1 << 15;      // packed by one thread
    private const int SlotRows = 12;      // the most rows of any kernel on vectors
    private const int CachedBytes = 16 << 10;      // of a panel's weights, half of a small first cache
    private readonly NativeMemoryBlock _weights, _constants, _codes;
    private readonly GeneratedKernel?[] _kernels, _goingOn;      // [panel][rows − 1], see Slot
    private readonly KernelRun[] _tiles;      // [blocks − 1][tiles − 1]
    private readonly nint[] _entries, _entriesOn;
    private readonly delegate*<ContractionArguments*, int, void> _managed;

    private PackedOperands(
        in ContractionShape shape, InstructionSet set, OperandKind kind, TileEnd end, GeneratedKernel?[] kernels, GeneratedKernel?[] goingOn, KernelRun[] tiles, delegate*<ContractionArguments*, int, void> managed)
    {
        _managed = managed;
        _tiles = tiles;
        (Shape, Set, Kind, End, _kernels, _goingOn) = (shape, set, kind, end, kernels, goingOn);
        IsRowwise = set != InstructionSet.None && Rowwise(in shape);
        HasHalf = set != InstructionSet.None && TakesHalf(in shape, set, kind);
        MostHalfRows = HasHalf ? HalfRows(in shape, set) : 0;
        MostRows = set == InstructionSet.None ? FloatTile.MostRows : IsRowwise ? DepthwiseRowKey.MostRows(set, shape.Window.KernelW) : ContractionKey.MostRows(set);
        (ValuesPerStep, ValueBytes) = kind switch { OperandKind.U8S8 => (4, 1), OperandKind.S16S16 => (2, 2), _ => (1, 4) };
        PanelColumns = shape.Depthwise ? ChannelConstants.Block : PanelBlocks * ChannelConstants.Block;
        Panels = (shape.GroupOuts + PanelColumns - 1) / PanelColumns;
        Steps = shape.Depthwise ? 1 : (shape.SegmentValues + ValuesPerStep - 1) / ValuesPerStep;
        if (HasTiles) Steps = (Steps + TileKey.Steps - 1) / TileKey.Steps * TileKey.Steps;
        GroupBlocks = (shape.GroupOuts + ChannelConstants.Block - 1) / ChannelConstants.Block;
        _weights = new(shape.Groups * GroupBlocks * BlockBytes);
        _constants = new((nint)shape.Groups * GroupBlocks * ChannelConstants.Bytes + 64);
        _codes = new(CodeConstants.Bytes + (end == TileEnd.RequantizeAdd ? SumConstants.Bytes : 0));
        NativeMemory.Clear(_constants.Pointer, (nuint)_constants.Bytes);
        _entries = Entries(kernels);
        _entriesOn = Entries(goingOn);
        (PartSegments, PartSteps) = Parts();
    }

    public ContractionShape Shape { get; }

    /// <summary>True where the rows of a tile must be neighbours of one output row.</summary>
    public bool IsRowwise { get; }

    /// <summary>The most rows that <see cref="Run"/> takes.</summary>
    public int MostRows { get; }

    /// <summary>True where the last panel of a group has at most 8 columns, and kernels that compute no more.</summary>
    public bool HasHalf { get; }

    /// <summary>The most rows of a tile of such a panel.</summary>
    public int MostHalfRows { get; }

    /// <summary>True where <see cref="RunTiles"/> may be called.</summary>
    public bool HasTiles => _tiles.Length > 0;

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

    /// <summary>Segments of a part of the sums, so short that its weights stay in the first cache: several whole ones, or <see cref="PartSteps"/> of one; all of them where there are no parts.</summary>
    public int PartSegments { get; }

    /// <summary>Steps of a part in a segment.</summary>
    public int PartSteps { get; }

    /// <summary>Blocks of 16 columns in a group.</summary>
    public int GroupBlocks { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _weights.Bytes + _constants.Bytes;

    private nint BlockBytes => (nint)Shape.Segments * Steps * 4 * ChannelConstants.Block;

    private int PanelBlocks => Set == InstructionSet.None ? 1 : ContractionKey.PanelBlocks(Set);

    /// <summary>Room for the weights of a managed kernel, which is called with a tile and the number of its rows.</summary>
    public static PackedOperands Managed(in ContractionShape shape, OperandKind kind, TileEnd end, delegate*<ContractionArguments*, int, void> kernel) =>
        new(in shape, InstructionSet.None, kind, end, [], [], [], kernel);

    /// <summary>Room for bytes, with the kernels on tiles that <paramref name="tiles"/> finds and those on vectors; null where one was refused.</summary>
    public static PackedOperands? OnTiles(in ContractionShape shape, TileEnd end, Func<TileKey, KernelRun?> tiles)
    {
        KernelRun?[] found = [.. from blocks in Enumerable.Range(1, ContractionKey.PanelBlocks(InstructionSet.Amx)) from n in Enumerable.Range(1, TileKey.MostTiles) select tiles(new(OperandKind.U8S8, n, blocks, end))];
        return found.Contains(null) ? null : For(in shape, InstructionSet.Amx, OperandKind.U8S8, default, end, found!);
    }

    /// <summary>Room for the weights, with the kernels that will read them; null where one of those was refused.</summary>
    public static PackedOperands? For(in ContractionShape shape, InstructionSet set, OperandKind kind, DepthwiseKind depthwise, TileEnd end) =>
        For(in shape, set, kind, depthwise, end, []);

    private static PackedOperands? For(in ContractionShape shape, InstructionSet set, OperandKind kind, DepthwiseKind depthwise, TileEnd end, KernelRun[] tiles)
    {
        InstructionSet vectors = set.OnVectors();
        bool rowwise = Rowwise(in shape);
        int kernelW = shape.Window.KernelW, full = shape.Depthwise ? 1 : ContractionKey.PanelBlocks(set);
        bool isLong = kind == OperandKind.F32 && end == TileEnd.Clamp && !shape.Depthwise && shape.Segments * shape.SegmentValues > LongestPart(full * ChannelConstants.Block);
        GeneratedKernel?[] kernels = new GeneratedKernel?[2 * SlotRows], goingOn = new GeneratedKernel?[isLong ? 2 * SlotRows : 0];
        foreach ((int blocks, bool half) in PanelsOf(shape, full, TakesHalf(in shape, set, kind)))
            for (int rows = 1; rows <= (half ? HalfRows(in shape, set) : rowwise ? DepthwiseRowKey.MostRows(set, kernelW) : ContractionKey.MostRows(set)); rows++)
            {
                KernelKey key = rowwise ? new DepthwiseRowKey(vectors, depthwise, kernelW, rows, end, half)
                    : shape.Depthwise ? new DepthwiseKey(vectors, depthwise, rows, end, half) : new ContractionKey(vectors, kind, rows, blocks, end, Half: half);
                if (KernelCache.Get(key) is not { } kernel) return null;
                kernels[Slot(rows, blocks, half)] = kernel;
                if (isLong && (goingOn[Slot(rows, blocks, half)] = KernelCache.Get(new ContractionKey(vectors, kind, rows, blocks, end, GoesOn: true, half))) is null) return null;
            }
        return new(in shape, set, kind, end, kernels, goingOn, tiles, null);
    }

    // The panels that occur: full ones, one of fewer blocks, one of half a block.
    private static IEnumerable<(int Blocks, bool Half)> PanelsOf(ContractionShape shape, int full, bool half)
    {
        int blocks = ((shape.Depthwise ? shape.Outputs : shape.GroupOuts) + ChannelConstants.Block - 1) / ChannelConstants.Block, whole = half ? blocks - 1 : blocks;
        if (whole >= full) yield return (full, false);
        if (whole % full > 0) yield return (whole % full, false);
        if (half) yield return (1, true);
    }

    private static bool TakesHalf(in ContractionShape shape, InstructionSet set, OperandKind kind) =>
        kind == OperandKind.F32 && ContractionKey.TakesHalf(set) && ((shape.Depthwise ? shape.Outputs : shape.GroupOuts) - 1) % ChannelConstants.Block < ChannelConstants.Block / 2;

    private static int HalfRows(in ContractionShape shape, InstructionSet set) =>
        Rowwise(in shape) ? DepthwiseRowKey.MostRows(set, shape.Window.KernelW, half: true) : ContractionKey.MostRows(set, half: true);

    // Sets whose panels may be halves have panels of one block.
    private static int Slot(int rows, int blocks, bool half) => (half ? 1 : blocks - 1) * SlotRows + rows - 1;

    /// <summary>Integer weights [M, C/g, kH, kW] that fit what the kernels multiply.</summary>
    public void Pack(WeightCodes weights)
    {
        if (Kind != OperandKind.U8S8 || Shape.Depthwise)
            fixed (short* w = weights.Rows()) Pack(w);
        else
            fixed (sbyte* w = weights.Bytes)
            {
                if (weights.ByColumns) PackColumns(w);
                else Pack(w);
            }
    }

    /// <summary>Weights [M, C/g, kH, kW] in float32.</summary>
    public void Pack(ReadOnlySpan<float> weights, int threads = 1)
    {
        fixed (float* w = weights) Pack(w, threads);
    }

    /// <summary>Float32 weights [K, N] of a product, or, <paramref name="transposed"/>, [N, K], which are those of a convolution too.</summary>
    public void PackMatrix(float* w, bool transposed, int threads = 1)
    {
        if (transposed)
        {
            Pack(w, threads);
            return;
        }
        FloatColumns body = new(this, w);
        WorkerPool.For(Steps, new(default, threads), ref body, LeastValues / Shape.Outputs + 1);
    }

    /// <summary>See <see cref="CodeConstants"/>; <see cref="SumConstants"/> behind them where a residual of codes is added.</summary>
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
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="blocks">Its blocks of columns.</param>
    /// <param name="a">Its arguments.</param>
    /// <param name="goesOn">Whether its sums go on from y.</param>
    /// <param name="half">Whether only half of its one block is computed.</param>
    public void Run(int rows, int blocks, ContractionArguments* a, bool goesOn = false, bool half = false)
    {
        if (Set == InstructionSet.None) _managed(a, rows);
        else ((delegate* unmanaged[SuppressGCTransition]<void*, void>)(goesOn ? _entriesOn : _entries)[Slot(rows, blocks, half)])(a);
    }

    /// <summary>True for a panel of at most 8 columns that has kernels of its own.</summary>
    public bool IsHalf(int group, int panel) => HasHalf && Shape.ValidOuts(group) - panel * PanelColumns <= ChannelConstants.Block / 2;

    /// <summary>Runs tiles of the kernel on tiles.</summary>
    public void RunTiles(int blocks, TileArguments* a) => _tiles[(blocks - 1) * TileKey.MostTiles + (a->SecondRows == 0 ? 0 : 1)](a);

    /// <summary>The kernels, for listings.</summary>
    public IEnumerable<GeneratedKernel> Kernels => _kernels.Concat(_goingOn).Concat(_tiles.Select(t => t.Target)).OfType<GeneratedKernel>();

    private static nint[] Entries(GeneratedKernel?[] kernels) => [.. kernels.Select(k => k is null ? 0 : k.Address)];

    private static int LongestPart(int columns) => CachedBytes / (4 * columns);

    // As even as can be, in groups of four steps.
    private (int Segments, int Steps) Parts()
    {
        int most = LongestPart(PanelColumns);
        if (_goingOn.Length == 0) return (Shape.Segments, Steps);
        if (Steps <= most) return (most / Steps, Steps);
        int parts = (Steps + most - 1) / most;
        return (1, (Steps + 4 * parts - 1) / (4 * parts) * 4);
    }

    private static bool Rowwise(in ContractionShape shape) =>
        shape.Depthwise && shape.Window is { StrideW: 1, DilationW: 1, KernelW: DepthwiseRowKey.Narrowest or DepthwiseRowKey.Widest };

    /// <summary>Weights [M, C/g, kH, kW] of the kernels' type: bytes, int16 or float32.</summary>
    public void Pack<T>(T* w, int threads = 1) where T : unmanaged
    {
        RowsBody<T> body = new(this, w);
        WorkerPool.For(Shape.Groups * Panels, new(default, threads), ref body, LeastValues / (PanelColumns * body.Inner) + 1);
    }

    /// <summary>Bytes [K, N] of a product.</summary>
    public void PackColumns(sbyte* w)
    {
        int inner = Shape.SegmentValues, outs = Shape.Outputs;
        using ScratchBuffer<sbyte> zeros = Scratch.Rent<sbyte>(PanelColumns);
        zeros.Span.Clear();
        sbyte* none = zeros.Pointer;
        for (int step0 = 0; step0 < Steps; step0 += RowsAtOnce)
            for (int first = 0; first < outs; first += PanelColumns)
            {
                int columns = Math.Min(PanelColumns, GroupBlocks * ChannelConstants.Block - first), valid = Math.Min(columns, outs - first);
                int* to = (int*)WeightsAt(0, first / PanelColumns) + (nint)step0 * columns;
                for (int k = 4 * step0; k < 4 * Math.Min(step0 + RowsAtOnce, Steps); k += 4, to += columns)
                {
                    PanelPacking.Zip(Row(k), Row(k + 1), Row(k + 2), Row(k + 3), to, valid);
                    new Span<int>(to + valid, columns - valid).Clear();
                }

                sbyte* Row(int k) => k < inner ? w + (nint)k * outs + first : none;
            }
    }

    // to[place of k in the order] = from[k].
    private void Order<T>(T* from, T* to, int perStep) where T : unmanaged
    {
        (int rowStride, int tapStride) = Strides(perStep);
        Window t = Shape.Window;
        for (int i = 0; i < t.KernelH; i++)
            for (int j = 0; j < t.KernelW; j++)
            {
                T* tap = to + i * rowStride + j * tapStride, source = from + i * t.KernelW + j;
                for (int c = 0; c < Shape.Channels; c++) tap[c] = source[(nint)c * t.Taps];
            }
    }

    // places[k] = place of k in the order.
    private void Order(int* places, int perStep)
    {
        (int rowStride, int tapStride) = Strides(perStep);
        Window t = Shape.Window;
        for (int c = 0; c < Shape.Channels; c++)
            for (int i = 0; i < t.KernelH; i++)
                for (int j = 0; j < t.KernelW; j++) *places++ = i * rowStride + j * tapStride + c;
    }

    // From one kernel row, and from one tap, to the next.
    private (int Row, int Tap) Strides(int perStep)
    {
        int segment = Steps * perStep;
        return Shape.RowSegments ? (segment, Shape.Channels) : (Shape.Window.KernelW * segment, segment);
    }

    // Panels [start, end). Each row of a panel is brought into the order of segments and steps; then all are turned, four bytes of each row at a time. Where
    // a step is one value, turning brings it to its place in the order too.
    private readonly struct RowsBody<T>(PackedOperands owner, T* w) : IParallelBody where T : unmanaged
    {
        public int Inner => owner.Shape.Channels * owner.Shape.Window.Taps;

        public void Run(int start, int end)
        {
            ContractionShape shape = owner.Shape;
            int inner = Inner, perStep = shape.Depthwise ? 1 : owner.ValuesPerStep, length = shape.Segments * owner.Steps * perStep, width = owner.PanelColumns;
            bool isOrdered = shape.Window.Taps == 1 && length == inner, places = sizeof(T) == 4 && !isOrdered;
            T** rows = stackalloc T*[width];
            using ScratchBuffer<T> ordered = Scratch.Rent<T>(checked((width + 1) * length));
            using ScratchBuffer<int> place = Scratch.Rent<int>(places ? length : 0);
            ordered.Span.Clear();
            if (places) owner.Order(place.Pointer, perStep);
            for (int i = start; i < end; i++)
            {
                (int group, int panel) = (i / owner.Panels, i % owner.Panels);
                int first = panel * width, columns = Math.Min(width, owner.GroupBlocks * ChannelConstants.Block - first), valid = Math.Min(columns, shape.ValidOuts(group) - first);
                for (int n = 0; n < columns; n++)
                {
                    T* from = w + (nint)(group * shape.GroupOuts + first + n) * inner;
                    rows[n] = n >= valid ? ordered.Pointer + (nint)width * length : isOrdered || places ? from : ordered.Pointer + (nint)n * length;
                    if (n < valid && !isOrdered && !places) owner.Order(from, rows[n], perStep);
                }
                int* to = (int*)owner.WeightsAt(group, panel);
                if (perStep * sizeof(T) == 4) PanelPacking.Turn((int**)rows, length / perStep, to, columns, places ? place.Pointer : null);
                else
                    for (nint k = 0; k < length; k++)
                        for (int n = 0; n < columns; n++) *to++ = *(ushort*)(rows[n] + k);      // int16 below a zero
            }
        }
    }

    // Steps [start, end) of a matrix in float32, as they lie in it.
    private readonly struct FloatColumns(PackedOperands owner, float* w) : IParallelBody
    {
        public void Run(int start, int end)
        {
            int outs = owner.Shape.Outputs, width = owner.PanelColumns;
            for (int k = start; k < end; k++)
            {
                float* from = w + (nint)k * outs;
                for (int first = 0; first < outs; first += width)
                {
                    int columns = Math.Min(width, owner.GroupBlocks * ChannelConstants.Block - first), valid = Math.Min(columns, outs - first), n = 0;
                    float* to = (float*)owner.WeightsAt(0, first / width) + (nint)k * columns;
                    for (; n <= valid - Vector256<float>.Count; n += Vector256<float>.Count) Vector256.Load(from + first + n).Store(to + n);
                    for (; n < columns; n++) to[n] = n < valid ? from[first + n] : 0;
                }
            }
        }
    }
}
