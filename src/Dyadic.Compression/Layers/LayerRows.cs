using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>What single outputs of a layer read and give, as rows of matrices: a row is a place of a convolution's result, or a vector of a product.</summary>
internal sealed class LayerRows
{
    private readonly WeightLayer _layer;
    private readonly float[] _values;
    private readonly int[] _shape, _places;       // of x; of the result of a convolution

    /// <summary>The rows of one batch.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">What it reads.</param>
    public LayerRows(WeightLayer layer, Tensor x)
    {
        (_layer, _values, _shape) = (layer, x.ToArray<float>(), x.Shape.ToArray());
        _places = layer.IsConv ? layer.Node.Op.Infer([x.TensorType, layer.Weight.TensorType])[0].Shape.ToArray()[2..] : [];
        Count = layer.IsConv ? _shape[0] * _places.Aggregate(1, (n, d) => n * d) : x.Length / layer.Inner;
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>All rows, or <paramref name="most"/> of them, one at an uneven place of each stretch of equal length.</summary>
    public int[] Choose(int most)
    {
        if (Count <= most) return [.. Enumerable.Range(0, Count)];
        const double Golden = 0.6180339887498949;
        double stretch = (double)Count / most;
        return [.. Enumerable.Range(0, most).Select(i => (int)((i + i * Golden % 1) * stretch))];
    }

    /// <summary>The k numbers of <paramref name="group"/> that each chosen row reads, [rows, K]; zeros where a window hangs over.</summary>
    public Tensor Inputs(int group, int[] rows)
    {
        int inner = _layer.Inner;
        float[] result = new float[rows.Length * inner];
        if (_layer.IsConv) Windows(group, rows, result);
        else
            for (int r = 0; r < rows.Length; r++) _values.AsSpan(rows[r] * inner, inner).CopyTo(result.AsSpan(r * inner));
        return Tensor.From(result, Shape.Of(rows.Length, inner));
    }

    /// <summary>The numbers that each chosen row gives, [rows, M], of the layer's output <paramref name="y"/>.</summary>
    public float[] Outputs(Tensor y, int[] rows)
    {
        float[] values = y.ToArray<float>(), result = new float[rows.Length * _layer.Channels];
        int places = Count / Math.Max(1, _layer.IsConv ? _shape[0] : Count);
        for (int r = 0; r < rows.Length; r++)
        {
            (int sample, int place) = (rows[r] / places, rows[r] % places);
            for (int m = 0; m < _layer.Channels; m++) result[r * _layer.Channels + m] = values[(sample * _layer.Channels + m) * places + place];
        }
        return result;
    }

    // One axis is an image of one line.
    private void Windows(int group, int[] rows, float[] result)
    {
        Conv conv = (Conv)_layer.Node.Op;
        int[] kernel = _layer.Weight.Shape.ToArray()[2..];
        int last = kernel.Length - 1, lines = last == 0 ? 1 : _shape[2], columns = _shape[^1], wide = _places[^1], high = last == 0 ? 1 : _places[0];
        int inner = _layer.Inner, inGroup = _layer.Weight.Shape[1], taps = inner / inGroup;
        (int Line, int Column, int Plane)[] reads = [.. Enumerable.Range(0, inner).Select(k => (
            last == 0 ? 0 : k % taps / kernel[^1] * At(conv.Dilations, 0, 1), k % taps % kernel[^1] * At(conv.Dilations, last, 1), (group * inGroup + k / taps) * lines))];
        for (int r = 0; r < rows.Length; r++)
        {
            (int sample, int place) = (rows[r] / (high * wide), rows[r] % (high * wide));
            int top = last == 0 ? 0 : place / wide * At(conv.Strides, 0, 1) - At(conv.Pads, 0, 0), left = place % wide * At(conv.Strides, last, 1) - At(conv.Pads, last, 0);
            int image = sample * _shape[1] * lines;
            for (int k = 0; k < inner; k++)
            {
                int line = top + reads[k].Line, column = left + reads[k].Column;
                if ((uint)line < (uint)lines && (uint)column < (uint)columns) result[r * inner + k] = _values[(image + reads[k].Plane + line) * columns + column];
            }
        }
    }

    private static int At(Dims values, int i, int otherwise) => values.Count == 0 ? otherwise : values[i];
}
