using System.Numerics.Tensors;
using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>H = 2/n·Σ x·xᵀ over n rows of a layer's inputs, one matrix [K, K] for each group: the second derivative of the mean squared error of an output by its weights.</summary>
/// <remarks>Frantar et al. 2022, eq. (2). Sums of a batch are float32, those over batches float64. Of very many rows a part spread over all of them is taken.</remarks>
internal static class InputMoments
{
    private const int MostRows = 1 << 15;

    /// <summary>H of every group, row-major.</summary>
    public static double[][] Of(WeightLayer layer, IReadOnlyCollection<Tensor> inputs)
    {
        int inner = layer.Inner;
        double[][] sums = [.. Enumerable.Range(0, layer.Groups).Select(_ => new double[inner * inner])];
        long count = 0;
        foreach (Tensor x in inputs)
        {
            LayerRows batch = new(layer, x);
            int[] rows = batch.Choose(Math.Max(1, MostRows / inputs.Count));
            count += rows.Length;
            for (int g = 0; g < sums.Length; g++) Add(sums[g], batch.Inputs(g, rows));
        }
        foreach (double[] sum in sums)
            for (int i = 0; i < sum.Length; i++) sum[i] *= 2.0 / Math.Max(1, count);
        return sums;
    }

    /// <summary>dᵀ·H·d: what the weights w + d of one output add to its mean squared error, twice.</summary>
    public static double Form(double[] h, ReadOnlySpan<double> d)
    {
        double form = 0;
        for (int i = 0; i < d.Length; i++)
            if (d[i] != 0) form += d[i] * TensorPrimitives.Dot<double>(h.AsSpan(i * d.Length, d.Length), d);
        return form;
    }

    private static void Add(double[] sum, Tensor rows)
    {
        float[] square = rows.Transpose().MatMul(rows).ToArray<float>();
        for (int i = 0; i < sum.Length; i++) sum[i] += square[i];
    }
}
