using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>Rows of the calibration data for one layer: x̂ [G, R, K], what the float layer makes of the same rows [G, R, M/G], and the errors of codes on them.</summary>
internal sealed class RowData
{
    private const int Piece = 1024;      // rows at a time, of errors over all
    private readonly RoundingProblem _problem;
    private readonly Tensor _inputs, _targets, _bias, _scales;
    private readonly int _rows;

    private RowData(RoundingProblem problem, Tensor inputs, Tensor targets)
    {
        WeightLayer layer = problem.Layer;
        (_problem, _inputs, _targets, _rows) = (problem, inputs, targets, inputs.Shape[1]);
        _scales = Tensor.From(problem.Scales, Shape.Of(layer.Groups, 1, layer.Channels / layer.Groups));
        _bias = Tensor.From(layer.Bias?.Constant!.ToArray<float>() ?? new float[layer.Channels], _scales.Shape);
    }

    /// <summary>At most <paramref name="most"/> rows, spread over all data, in an order that <paramref name="rng"/> gives.</summary>
    public static RowData Of(RoundingProblem problem, int most, Rng rng)
    {
        WeightLayer layer = problem.Layer;
        IReadOnlyList<Tensor> targets = problem.Targets();
        List<float[]>[] inputs = [.. Enumerable.Range(0, layer.Groups).Select(_ => new List<float[]>())];
        List<float[]> outputs = [];
        for (int b = 0; b < targets.Count; b++)
        {
            LayerRows batch = new(layer, problem.Inputs[b]);
            int[] rows = batch.Choose(Math.Max(1, most / targets.Count));
            outputs.AddRange(batch.Outputs(targets[b], rows).Chunk(layer.Channels));
            for (int g = 0; g < inputs.Length; g++) inputs[g].AddRange(batch.Inputs(g, rows).ToArray<float>().Chunk(layer.Inner));
        }
        int[] order = rng.Permutation(outputs.Count);
        int per = layer.Channels / layer.Groups;
        float[] x = [.. inputs.SelectMany(group => order.SelectMany(r => group[r]))];
        float[] y = [.. Enumerable.Range(0, layer.Groups).SelectMany(g => order.SelectMany(r => outputs[r].Skip(g * per).Take(per)))];
        return new(problem, Tensor.From(x, Shape.Of(layer.Groups, order.Length, layer.Inner)), Tensor.From(y, Shape.Of(layer.Groups, order.Length, per)));
    }

    /// <summary>Values of W [M, K] as [G, K, M/G].</summary>
    public Tensor Grouped(float[] rows)
    {
        (int groups, int per, int inner) = Sizes;
        float[] result = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++) result[(i / inner / per * inner + i % inner) * per + i / inner % per] = rows[i];
        return Tensor.From(result, Shape.Of(groups, inner, per));
    }

    /// <summary>Values of W [M, K] from [G, K, M/G].</summary>
    public float[] Ungrouped(float[] grouped)
    {
        (_, int per, int inner) = Sizes;
        float[] result = new float[grouped.Length];
        for (int i = 0; i < result.Length; i++) result[i] = grouped[(i / inner / per * inner + i % inner) * per + i / inner % per];
        return result;
    }

    /// <summary>The squared error a row of codes, real-valued ones too, on one batch: batch after batch, and again from the start.</summary>
    /// <param name="codes">[G, K, M/G].</param>
    /// <param name="step">Which batch.</param>
    /// <param name="batch">Its rows.</param>
    public Tensor Loss(Tensor codes, int step, int batch)
    {
        int size = Math.Min(batch, _rows), first = (int)((long)step * size % (_rows - _rows % size));
        Tensor d = Outputs(_inputs.Slice(1, first, first + size), codes) - Rectified(_targets.Slice(1, first, first + size));
        return (d * d).ReduceSum() * (1.0 / size);
    }

    /// <summary>The squared error a row of each output channel over all rows.</summary>
    public double[] Errors(int[] codes)
    {
        using IDisposable quiet = Autograd.NoGrad();
        Tensor w = Grouped(Array.ConvertAll(codes, c => (float)c));
        (_, int per, _) = Sizes;
        double[] errors = new double[_problem.Layer.Channels];
        for (int first = 0; first < _rows; first += Piece)
        {
            int count = Math.Min(Piece, _rows - first);
            float[] d = (Outputs(_inputs.Slice(1, first, first + count), w) - Rectified(_targets.Slice(1, first, first + count))).ToArray<float>();
            for (int i = 0; i < d.Length; i++) errors[i / per / count * per + i % per] += (double)d[i] * d[i] / _rows;
        }
        return errors;
    }

    private (int Groups, int Per, int Inner) Sizes => (_problem.Layer.Groups, _problem.Layer.Channels / _problem.Layer.Groups, _problem.Layer.Inner);

    // Of a depthwise layer each group has one column: sums of products, not so many small matrices.
    private Tensor Outputs(Tensor x, Tensor codes)
    {
        (int groups, int per, int inner) = Sizes;
        Tensor w = codes * _scales, sums = per == 1 && groups > 1 ? (x * w.Reshape(groups, 1, inner)).ReduceSum([2], keepDims: true) : x.MatMul(w);
        return Rectified(sums + _bias);
    }

    private Tensor Rectified(Tensor y) => _problem.IsRectified ? y.Relu() : y;
}
