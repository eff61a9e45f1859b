namespace Dyadic.Kernels.Reference;

/// <summary>The part of a pooling window that lies within the input: rows [Top, Bottom), columns [Left, Right), stepping by the dilation.</summary>
public readonly ref struct PoolWindow
{
    /// <summary>The window of output <paramref name="output"/>, counted over all planes.</summary>
    public PoolWindow(in PoolGeometry g, int output)
    {
        int column = output % g.OutWidth, row = output / g.OutWidth % g.OutHeight;
        PlaneStart = output / (g.OutWidth * g.OutHeight) * (g.Height * g.Width);
        (Top, Bottom, Rows, int paddedRows) = Axis(row * g.StrideH - g.PadTop, g.Height, g.KernelH, g.DilationH, g.PadBottom);
        (Left, Right, Columns, int paddedColumns) = Axis(column * g.StrideW - g.PadLeft, g.Width, g.KernelW, g.DilationW, g.PadRight);
        PaddedCount = paddedRows * paddedColumns;
    }

    /// <summary>Where the plane starts in the input.</summary>
    public int PlaneStart { get; }

    /// <summary>The first row.</summary>
    public int Top { get; }

    /// <summary>One past the last row.</summary>
    public int Bottom { get; }

    /// <summary>The first column.</summary>
    public int Left { get; }

    /// <summary>One past the last column.</summary>
    public int Right { get; }

    /// <summary>Taps along the height.</summary>
    public int Rows { get; }

    /// <summary>Taps along the width.</summary>
    public int Columns { get; }

    /// <summary>Taps within the input.</summary>
    public int Count => Rows * Columns;

    /// <summary>Taps within the input or its padding.</summary>
    public int PaddedCount { get; }

    private static (int First, int End, int Count, int Padded) Axis(int start, int size, int kernel, int dilation, int padAfter)
    {
        int skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
        int first = start + skipped * dilation, end = Math.Min(start + (kernel - 1) * dilation + 1, size);
        int padded = Math.Min(kernel, (size + padAfter - start + dilation - 1) / dilation);
        return (first, end, Math.Max(0, (end - first + dilation - 1) / dilation), padded);
    }
}
