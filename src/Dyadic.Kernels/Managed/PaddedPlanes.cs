using System.Runtime.CompilerServices;

namespace Dyadic.Kernels.Managed;

/// <summary>
/// The layout of zero-padded planes, split by the phase of the stride: [phase of row][phase of column][rows][columns]. In it a tap of a
/// convolution is a constant offset and the pixels of an output row are neighbours, whatever stride and dilation are.
/// </summary>
/// <remarks>Padded value (r, c) lies in phase (r mod sH, c mod sW) at row r / sH, column c / sW.</remarks>
internal readonly record struct PaddedPlanes(int Height, int Width, int Top, int Left, int Rows, int Columns, int StrideH, int StrideW)
{
    /// <summary>Values that vector loads may touch after the last plane; they must be finite.</summary>
    public const int Slack = 64;

    /// <summary>The planes of x as the windows of <paramref name="g"/> see them.</summary>
    public static PaddedPlanes OfInput(in ConvGeometry g) => new(
        g.Height, g.Width, g.PadTop, g.PadLeft,
        g.OutHeight + (g.KernelH - 1) * g.DilationH / g.StrideH, g.OutWidth + (g.KernelW - 1) * g.DilationW / g.StrideW, g.StrideH, g.StrideW);

    /// <summary>Values of one padded plane.</summary>
    public int Length => StrideH * StrideW * Rows * Columns;

    /// <summary>Where the padded value (row, column) lies.</summary>
    public int Offset(int row, int column) =>
        ((row % StrideH * StrideW + column % StrideW) * Rows + row / StrideH) * Columns + column / StrideW;

    /// <summary>Copies planes [count, Height, Width] to [count, Length] with zeros around; what no window reads is left out.</summary>
    public unsafe void Fill(float* planes, int count, float* padded)
    {
        new Span<float>(padded, count * Length).Clear();
        int rows = Math.Min(Height, Rows * StrideH - Top), columns = Math.Min(Width, Columns * StrideW - Left);
        for (int plane = 0; plane < count; plane++, planes += Height * Width, padded += Length)
            for (int r = 0; r < rows; r++) FillRow(planes + r * Width, columns, padded + Offset(r + Top, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FillRow(float* from, int columns, float* to)
    {
        if (StrideW == 1)
        {
            if (columns > 0) new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to + Left, columns));
            return;
        }
        int step = StrideW, left = Left, phaseLength = Rows * Columns;   // locals: stores through pointers may alias the fields
        float* end = from + columns;
        for (int phase = 0; phase < step; phase++, to += phaseLength)
        {
            int first = (phase - left % step + step) % step;   // (first + left) mod sW = phase
            float* target = to + (first + left) / step;
            for (float* value = from + first; value < end; value += step) *target++ = *value;
        }
    }
}
