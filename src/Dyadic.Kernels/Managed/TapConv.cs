namespace Dyadic.Kernels.Managed;

/// <summary>
/// A convolution reduced to its core: out[n, m, q] = Σₖ weights[m, k]·padded[n, pixel(q) + taps[k]] for a grid of pixels q. The forward
/// pass is one, the gradient of the input one for each phase of the stride.
/// </summary>
internal unsafe struct TapConv
{
    /// <summary>[N, groups·SourceChannels, H, W] unpadded, in the sizes of <see cref="Planes"/>.</summary>
    public float* Source;

    /// <summary>Per group [groups][OutChannels, K].</summary>
    public float* Weights;

    /// <summary>[groups·OutChannels], or null.</summary>
    public float* Bias;

    /// <summary>[N, groups·OutChannels, OutHeight, OutWidth].</summary>
    public float* Target;

    /// <summary>[K] offsets into the padded planes of one group.</summary>
    public int* Taps;

    public PaddedPlanes Planes;

    /// <summary>Sizes; channels are those of one group.</summary>
    public int Batch, Groups, SourceChannels, OutChannels, K;

    /// <summary>The grid of pixels: [GridHeight, GridWidth].</summary>
    public int GridHeight, GridWidth;

    /// <summary>Pixel (i, j) is stored at row FirstRow + i·RowStep, column FirstColumn + j·ColumnStep of the target.</summary>
    public int OutHeight, OutWidth, FirstRow, FirstColumn, RowStep, ColumnStep;

    public readonly int Pixels => GridHeight * GridWidth;

    /// <summary>Whether a plane of the grid is a plane of the target.</summary>
    public readonly bool IsDense => RowStep == 1 && ColumnStep == 1 && GridHeight == OutHeight && GridWidth == OutWidth;

    /// <summary>From the first pixel to behind the last one in a padded plane.</summary>
    public readonly int Span => (GridHeight - 1) * Planes.Columns + GridWidth;

    /// <summary>Copies the rows [top, bottom) of a grid, of which the first lies at <paramref name="grid"/>, to their place in the target.</summary>
    public readonly void Scatter(float* grid, int gridStride, float* plane, int top, int bottom)
    {
        for (int i = top; i < bottom; i++, grid += gridStride)
        {
            float* row = plane + (FirstRow + i * RowStep) * OutWidth + FirstColumn;
            if (ColumnStep == 1) new ReadOnlySpan<float>(grid, GridWidth).CopyTo(new Span<float>(row, GridWidth));
            else
                for (int j = 0; j < GridWidth; j++) row[j * ColumnStep] = grid[j];
        }
    }
}
