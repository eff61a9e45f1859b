using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels.Contractions;

/// <summary>How values of x reach the kernels.</summary>
internal enum OperandForm
{
    /// <summary>As they are.</summary>
    Same,

    /// <summary>8 bits with the top one flipped: u8, 128 higher than s8, or s8, 128 lower than u8.</summary>
    Flipped,

    /// <summary>8 bits widened to int16, the zero point taken away.</summary>
    Widened,
}

/// <summary>
/// The input of a chunk of output rows as kernels read it: addresses into x itself where no window reaches beyond it and its values serve as
/// they are, else into a padded copy that stays in cache while all output channels pass over it.
/// </summary>
internal readonly unsafe struct OperandRows
{
    private const int TargetBytes = 256 << 10, Slack = 128;      // of a chunk's input and output; slack: steps and blocks read beyond the last value
    private readonly WindowSizes _s;
    private readonly OperandForm _form;
    private readonly IntFormat _from;
    private readonly SimdWidth _width;
    private readonly int _columns, _valueBytes;

    /// <param name="s">Sizes.</param>
    /// <param name="form">What the kernels want.</param>
    /// <param name="from">Format of 8-bit values; of no meaning for floats.</param>
    /// <param name="valueBytes">Bytes of a value as kernels read it.</param>
    /// <param name="exact">True where kernels read nothing beyond a segment.</param>
    /// <param name="weightBytes">Of all weights. Each chunk reads them all: where they outweigh what it reads and writes, threads had better share them than the rows.</param>
    /// <param name="outputBytes">Of a value of the output.</param>
    /// <param name="mode">Threads to leave work for, and the vectors that widen.</param>
    public OperandRows(in WindowSizes s, OperandForm form, IntFormat from, int valueBytes, bool exact, long weightBytes, int outputBytes, ExecutionMode mode)
    {
        (_s, _form, _from, _valueBytes, _width) = (s, form, from, valueBytes, mode.Width);
        SourceBytes = form == OperandForm.Widened ? 1 : valueBytes;
        Window t = s.Window;
        int halo = (t.KernelH - 1) * t.DilationH + 1, spanW = (s.OutWidth - 1) * t.StrideW + (t.KernelW - 1) * t.DilationW + 1;
        bool inside = t.Top == 0 && t.Left == 0 && (s.OutHeight - 1) * t.StrideH + halo <= s.Height && spanW <= s.Width;
        Direct = inside && form == OperandForm.Same && exact;
        _columns = Direct ? s.Width : spanW;
        nint row = (nint)_columns * s.Channels * valueBytes;
        nint output = (nint)s.OutWidth * s.OutChannels * outputBytes, perRow = t.StrideH * row + output;
        int rows = (int)Math.Clamp((TargetBytes - (halo - t.StrideH) * row) / perRow, 1, s.OutHeight);
        bool shareRows = weightBytes <= s.Batch * ((long)s.Height * s.Width * s.Channels * valueBytes + s.OutHeight * (long)output);
        if (mode.Threads > 1 && shareRows) rows = Math.Clamp((s.Batch * s.OutHeight + 2 * mode.Threads - 1) / (2 * mode.Threads), 1, rows);
        Chunks = (s.OutHeight + rows - 1) / rows;
        ChunkRows = rows = (s.OutHeight + Chunks - 1) / Chunks;      // as even as can be
        Bytes = Direct ? 0 : checked(((rows - 1) * t.StrideH + halo) * row + Slack);
    }

    /// <summary>Bytes of a value of x as it lies in memory.</summary>
    public int SourceBytes { get; }

    /// <summary>True when kernels read x itself.</summary>
    public bool Direct { get; }

    /// <summary>Bytes of a pixel as kernels read it.</summary>
    public nint PixelBytes => (nint)_s.Channels * _valueBytes;

    /// <summary>Bytes from one pixel's window to that of its neighbour in the output row; of a single column, in the column.</summary>
    public nint NeighbourBytes => _s.OutWidth == 1 ? _s.Window.StrideH * _columns * PixelBytes : _s.Window.StrideW * PixelBytes;

    /// <summary>Output rows of a chunk.</summary>
    public int ChunkRows { get; }

    /// <summary>Chunks of an image.</summary>
    public int Chunks { get; }

    /// <summary>Scratch bytes for the copy.</summary>
    public nint Bytes { get; }

    /// <summary>Makes the copy, where there is one, for output rows [p0, p1) of an image [H, W, C], and writes the address of each pixel's window.</summary>
    public void Prepare(byte* image, int p0, int p1, byte* copy, nint* pixels)
    {
        Window t = _s.Window;
        nint pixel = PixelBytes, row = _columns * pixel;
        byte* first = Direct ? image + p0 * t.StrideH * row : copy;
        if (!Direct) Copy(image, p0, p1, copy);
        for (int p = 0; p < p1 - p0; p++)
        {
            byte* at = first + p * t.StrideH * row;
            for (int q = 0; q < _s.OutWidth; q++, at += t.StrideW * pixel) *pixels++ = (nint)at;
        }
    }

    /// <summary>Byte offsets of the segments of a group.</summary>
    public void Segments(in ContractionShape shape, int group, nint* to)
    {
        Window t = _s.Window;
        nint pixel = PixelBytes, start = (nint)group * shape.GroupInputs * _valueBytes;
        for (int i = 0; i < t.KernelH; i++)
        {
            nint row = start + (nint)i * t.DilationH * _columns * pixel;
            if (shape.RowSegments) *to++ = row;
            else
                for (int j = 0; j < t.KernelW; j++) *to++ = row + j * t.DilationW * pixel;
        }
    }

    private void Copy(byte* image, int p0, int p1, byte* to)
    {
        Window t = _s.Window;
        int first = p0 * t.StrideH - t.Top, last = (p1 - 1) * t.StrideH + (t.KernelH - 1) * t.DilationH - t.Top;
        int row = _columns * _s.Channels, left = Math.Min(t.Left, _columns) * _s.Channels, copy = Math.Max(Math.Min(_s.Width * _s.Channels, row - left), 0);
        for (int h = first; h <= last; h++, to += (nint)row * _valueBytes)
        {
            if ((uint)h >= (uint)_s.Height)
            {
                Pad(to, row);
                continue;
            }
            Pad(to, left);
            Take(image + (nint)h * _s.Width * _s.Channels * SourceBytes, to + (nint)left * _valueBytes, copy);
            Pad(to + (nint)(left + copy) * _valueBytes, row - left - copy);
        }
        new Span<byte>(to, Slack).Clear();
    }

    // Padding is the real number 0: the zero point where codes stay codes.
    private void Pad(byte* to, int values) =>
        new Span<byte>(to, values * _valueBytes).Fill((byte)(_valueBytes != 1 ? 0 : _form == OperandForm.Flipped ? _from.Zero + 128 : _from.Zero));

    private void Take(byte* from, byte* to, int values)
    {
        if (_form == OperandForm.Same) Buffer.MemoryCopy(from, to, (long)values * _valueBytes, (long)values * _valueBytes);
        else if (_form == OperandForm.Widened) Widening.Run(from, (short*)to, values, _from, _width);
        else Flip(from, to, values);
    }

    private static void Flip(byte* from, byte* to, int values)
    {
        Vector256<byte> top = Vector256.Create((byte)0x80);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i <= values - 32; i += 32) (Vector256.Load(from + i) ^ top).Store(to + i);
        for (; i <= values - 16; i += 16) (Vector128.Load(from + i) ^ top.GetLower()).Store(to + i);
        for (; i < values; i++) to[i] = (byte)(from[i] ^ 0x80);
    }
}
