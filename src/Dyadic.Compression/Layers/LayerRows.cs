using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>What single outputs of a layer read and give, as rows of matrices: a row is a place of a convolution's result, or a vector of a product.</summary>
internal static class LayerRows
{
    /// <summary>The number of rows that the input <paramref name="x"/> has.</summary>
    public static int Count(WeightLayer layer, Tensor x) => layer.IsConv ? x.Shape[0] * Places(layer, x).Span.ToArray().Aggregate(1, (n, d) => n * d) : x.Length / layer.Inner;

    /// <summary>All of <paramref name="rows"/> rows, or <paramref name="most"/> of them, one at an uneven place of each stretch of equal length.</summary>
    public static int[] Choose(int rows, int most)
    {
        if (rows <= most) return [.. Enumerable.Range(0, rows)];
        const double Golden = 0.6180339887498949;
        double stretch = (double)rows / most;
        return [.. Enumerable.Range(0, most).Select(i => (int)((i + i * Golden % 1) * stretch))];
    }

    /// <summary>The k numbers of <paramref name="group"/> that each chosen row reads, [rows, K]; zeros where a window hangs over.</summary>
    public static Tensor Inputs(WeightLayer layer, Tensor x, int group, int[] rows)
    {
        float[] values = x.ToArray<float>(), result = new float[rows.Length * layer.Inner];
        if (layer.IsConv) Windows(layer, x.Shape.ToArray(), Places(layer, x), values, group, rows, result);
        else
            for (int r = 0; r < rows.Length; r++) values.AsSpan(rows[r] * layer.Inner, layer.Inner).CopyTo(result.AsSpan(r * layer.Inner));
        return Tensor.From(result, Shape.Of(rows.Length, layer.Inner));
    }

    /// <summary>The numbers that each chosen row gives, [rows, M], of the layer's output <paramref name="y"/>.</summary>
    public static float[] Outputs(WeightLayer layer, Tensor y, int[] rows)
    {
        float[] values = y.ToArray<float>(), result = new float[rows.Length * layer.Channels];
        int places = layer.IsConv ? y.Length / (y.Shape[0] * layer.Channels) : 1;
        for (int r = 0; r < rows.Length; r++)
        {
            (int sample, int place) = (rows[r] / places, rows[r] % places);
            for (int m = 0; m < layer.Channels; m++) result[r * layer.Channels + m] = values[(sample * layer.Channels + m) * places + place];
        }
        return result;
    }

    private static Dims Places(WeightLayer layer, Tensor x) => Dims.Create(layer.Node.Op.Infer([x.TensorType, layer.Weight.TensorType])[0].Shape.ToArray().AsSpan(2));

    // One axis is an image of one line.
    private static void Windows(WeightLayer layer, int[] x, Dims places, float[] values, int group, int[] rows, float[] result)
    {
        Conv conv = (Conv)layer.Node.Op;
        int[] kernel = layer.Weight.Shape.ToArray()[2..];
        int last = kernel.Length - 1, lines = last == 0 ? 1 : x[2], columns = x[^1], wide = places[^1], high = last == 0 ? 1 : places[0];
        int kernelLines = last == 0 ? 1 : kernel[0], taps = kernelLines * kernel[^1], inGroup = layer.Weight.Shape[1];
        for (int r = 0; r < rows.Length; r++)
        {
            (int sample, int place) = (rows[r] / (high * wide), rows[r] % (high * wide));
            int top = last == 0 ? 0 : place / wide * At(conv.Strides, 0, 1) - At(conv.Pads, 0, 0), left = place % wide * At(conv.Strides, last, 1) - At(conv.Pads, last, 0);
            for (int k = 0; k < layer.Inner; k++)
            {
                int tap = k % taps, line = top + tap / kernel[^1] * (last == 0 ? 1 : At(conv.Dilations, 0, 1)), column = left + tap % kernel[^1] * At(conv.Dilations, last, 1);
                if ((uint)line >= (uint)lines || (uint)column >= (uint)columns) continue;
                result[r * layer.Inner + k] = values[((sample * x[1] + group * inGroup + k / taps) * lines + line) * columns + column];
            }
        }
    }

    private static int At(Dims values, int i, int otherwise) => values.Count == 0 ? otherwise : values[i];
}
