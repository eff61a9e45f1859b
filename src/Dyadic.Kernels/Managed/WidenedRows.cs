namespace Dyadic.Kernels.Managed;

/// <summary>The padded int16 copy of the input rows that a chunk of output rows reads: [rows, columns, C].</summary>
internal readonly unsafe struct WidenedRows
{
    private const int TargetBytes = 128 << 10, Slack = 32;      // slack: vectors and odd segments read beyond the last value
    private readonly IntFormat _from;
    private readonly SimdWidth _width;
    private readonly int _columns;

    public WidenedRows(in WindowSizes s, IntFormat from, ExecutionMode mode)
    {
        Window t = s.Window;
        (_from, _width) = (from, mode.Width);
        _columns = (s.OutWidth - 1) * t.StrideW + (t.KernelW - 1) * t.DilationW + 1;
        int fit = TargetBytes / (_columns * s.Channels * sizeof(short)), halo = (t.KernelH - 1) * t.DilationH + 1;
        int rows = Math.Clamp((fit - halo) / t.StrideH + 1, 1, s.OutHeight);
        if (mode.Threads > 1) rows = Math.Clamp((s.Batch * s.OutHeight + 2 * mode.Threads - 1) / (2 * mode.Threads), 1, rows);
        ChunkRows = rows;
        Chunks = (s.OutHeight + rows - 1) / rows;
        Length = checked((nint)((rows - 1) * t.StrideH + halo) * _columns * s.Channels + Slack);
    }

    /// <summary>Output rows of a chunk.</summary>
    public int ChunkRows { get; }

    /// <summary>Chunks of an image.</summary>
    public int Chunks { get; }

    /// <summary>int16 values to rent.</summary>
    public nint Length { get; }

    /// <summary>Widens what output rows [p0, p1) of the image <paramref name="x"/> [H, W, C] read.</summary>
    public void Widen(in WindowSizes s, byte* x, int p0, int p1, short* to)
    {
        Window t = s.Window;
        int first = p0 * t.StrideH - t.Top, last = (p1 - 1) * t.StrideH + (t.KernelH - 1) * t.DilationH - t.Top;
        int left = Math.Min(t.Left, _columns) * s.Channels, row = _columns * s.Channels, copy = Math.Max(Math.Min(s.Width * s.Channels, row - left), 0);
        for (int h = first; h <= last; h++, to += row)
        {
            if ((uint)h >= (uint)s.Height)
            {
                new Span<short>(to, row).Clear();
                continue;
            }
            new Span<short>(to, left).Clear();
            Widening.Run(x + (nint)h * s.Width * s.Channels, to + left, copy, _from, _width);
            new Span<short>(to + left + copy, row - left - copy).Clear();
        }
        new Span<short>(to, Slack).Clear();
    }

    /// <summary>For each output pixel of a chunk the offset of its window's first value.</summary>
    public void Pixels(in WindowSizes s, int rows, int* to)
    {
        for (int p = 0; p < rows; p++)
            for (int q = 0; q < s.OutWidth; q++) *to++ = (p * s.Window.StrideH * _columns + q * s.Window.StrideW) * s.Channels;
    }

    /// <summary>The offset of each segment (<see cref="PackedWeights.Conv"/>) from a window's first value.</summary>
    public void Segments(in WindowSizes s, int* to)
    {
        if (!PackedWeights.RowSegments(s.Groups, s.Window))
        {
            Taps(in s, to);
            return;
        }
        for (int i = 0; i < s.Window.KernelH; i++) to[i] = i * s.Window.DilationH * _columns * s.Channels;
    }

    /// <summary>The offset of each tap from a window's first value.</summary>
    public void Taps(in WindowSizes s, int* to)
    {
        Window t = s.Window;
        for (int i = 0; i < t.KernelH; i++)
            for (int j = 0; j < t.KernelW; j++) *to++ = (i * t.DilationH * _columns + j * t.DilationW) * s.Channels;
    }
}
