using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>
/// y[r, c, i, j] = the mean, or the largest weighted element, of x[batch[r], c] at the points of bin (i, j) of region r, read between the elements. Shapes:
/// x [N, C, H, W], regions [R, 4] of x₁, y₁, x₂, y₂, batch Int64 [R] → y [R, C, bins down, bins across].
/// </summary>
/// <param name="Sampling">Bins, points and coordinates.</param>
/// <remarks>
/// ONNX RoiAlign; He et al. 2017, "Mask R-CNN", §3. A point more than one element outside of x counts as 0. Float32 and float64. Differentiable in x and in the
/// regions.
/// </remarks>
public sealed record RoiAlign(RoiSampling Sampling) : ComposedOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.SameFloats(inputs[..2], Name);
        (Shape x, Shape regions, Shape batch) = (inputs[0].Shape, inputs[1].Shape, inputs[2].Shape);
        Ensure.Shape(Sampling is { Height: > 0, Width: > 0, Samples: >= 0 and <= RoiSampling.MostSamples }, $"{Name}: {Sampling.Height}·{Sampling.Width} bins of {Sampling.Samples} samples cannot be.");
        Ensure.Shape(x.Rank == 4 && x[2] != 0 && x[3] != 0 && regions.Rank == 2 && regions[1] == 4, $"{Name}: x is {x} and the regions {regions}; x [N, C, H, W] and regions [R, 4] are needed.");
        Ensure.Shape(inputs[2].Type == DType.Int64 && batch.Rank == 1 && (batch[0] == regions[0] || !batch[0].IsKnown || !regions[0].IsKnown), $"{Name}: the images are {inputs[2]} for regions {regions}; an int64 for each is needed.");
        return [new(inputs[0].Type, [regions[0].IsKnown ? regions[0] : batch[0], x[1], Sampling.Height, Sampling.Width])];
    }

    // Four taps for each point of a bin; where their number follows from the regions, at most as many as there are elements.
    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs)
    {
        double bins = Infer(inputs)[0].Shape.Product(), points = Sampling.Samples > 0 ? (double)Sampling.Samples * Sampling.Samples : inputs[0].Shape.Product(2) / Math.Max(1, Sampling.Height * Sampling.Width);
        return 4 * bins * Math.Max(1, points);
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new RoiAlignStep(Sampling);

    /// <inheritdoc/>
    protected override Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        (Tensor x, Tensor regions, Tensor batch) = (inputs[0], inputs[1], inputs[2]);
        (int count, int channels, int height, int width) = (regions.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        if (count == 0) return [Tensor.Zeros(Shape.Of(0, channels, Sampling.Height, Sampling.Width), x.Type)];
        Axis down = Axis.Of(regions, 1, Sampling.Height, height, Sampling), across = Axis.Of(regions, 0, Sampling.Width, width, Sampling);
        Tensor planes = FlatPlanes.Of(x), image = batch.Reshape(count, 1, 1) * height;
        int[] points = [count, down.Points * Sampling.Height, across.Points * Sampling.Width];
        Tensor[] read = [.. down.Taps.SelectMany(_ => across.Taps, (row, column) =>
            planes.Gather((((image + row.At.Reshape(count, -1, 1)) * width) + column.At.Reshape(count, 1, -1)).Reshape(-1), 1).Reshape([channels, .. points]) *
            (row.Weight.Reshape(count, -1, 1) * column.Weight.Reshape(count, 1, -1)))];
        Tensor valid = down.Valid.Reshape(count, -1, 1).And(across.Valid.Reshape(count, 1, -1));      // beyond are the points that other regions have
        int[] bins = [channels, count, Sampling.Height, down.Points, Sampling.Width, across.Points];
        Tensor y;
        if (Sampling.Maximum)
        {
            Tensor largest = valid.Where(read.Aggregate((a, b) => a.Max(b)), Tensor.Scalar(double.NegativeInfinity, x.Type)).Reshape(bins).ReduceMax([3, 5]);
            y = largest.Equal(Tensor.Scalar(double.NegativeInfinity, x.Type)).Where(Tensor.Scalar(0, x.Type), largest);
        }
        else
        {
            double[] each = [.. down.Counts.Zip(across.Counts, (a, b) => Math.Max(1.0, (double)a * b))];
            y = valid.Where(read.Aggregate((a, b) => a + b), Tensor.Scalar(0, x.Type)).Reshape(bins).ReduceSum([3, 5]) / Tensor.From(each, Shape.Of(count, 1, 1)).Cast(x.Type);
        }
        return [y.Permute(1, 0, 2, 3)];
    }

    // The points of all regions along an axis: [R, bins·points], two taps each. Regions of fewer points a bin leave the last ones unused.
    private sealed record Axis(int Points, int[] Counts, (Tensor At, Tensor Weight)[] Taps, Tensor Valid)
    {
        public static Axis Of(Tensor regions, int column, int bins, int size, RoiSampling sampling)
        {
            int count = regions.Shape[0];
            double offset = sampling.HalfPixel ? 0.5 : 0;
            Tensor start = (regions.Slice(1, column, column + 1) * sampling.Scale) - offset, length = (regions.Slice(1, column + 2, column + 3) * sampling.Scale) - offset - start;
            if (!sampling.HalfPixel) length = length.Max(Tensor.Scalar(1, regions.Type));
            double[] lengths = length.Cast(DType.Float64).ToArray<double>();
            int[] counts = [.. lengths.Select(l => sampling.Points(l, bins))];
            int points = Math.Max(1, counts.Max());
            Tensor bin = length / bins, first = Tensor.From([.. Enumerable.Range(0, bins * points).Select(i => (double)(i / points))], Shape.Of(1, bins * points)).Cast(regions.Type);
            double[] parts = new double[count * bins * points];
            bool[] used = new bool[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                int own = counts[i / (bins * points)], point = i % points;
                (parts[i], used[i]) = ((point + 0.5) / Math.Max(1, own), point < own);
            }
            Shape all = Shape.Of(count, bins * points);
            Tensor u = start + ((first + Tensor.From(parts, all).Cast(regions.Type)) * bin), near = u.Clip(0, size - 1), low = near.Apply(new Floor()), f = near - low;
            Tensor inside = u.GreaterOrEqual(Tensor.Scalar(-1, u.Type)).And(u.LessOrEqual(Tensor.Scalar(size, u.Type))).Cast(u.Type);
            Tensor at = low.Cast(DType.Int64), next = (at + 1).Min(Tensor.Scalar(size - 1, DType.Int64));
            return new(points, counts, [(at, (1 - f) * inside), (next, f * inside)], Tensor.From(used, all));
        }
    }
}

/// <summary>Reading regions of planes.</summary>
public static class RoiAlignExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.RoiAlign"/>
        /// <param name="regions">[R, 4]: x₁, y₁, x₂, y₂.</param>
        /// <param name="batch">Int64 [R]: the image in which each region lies.</param>
        /// <param name="sampling">Bins, points and coordinates.</param>
        public Tensor RoiAlign(Tensor regions, Tensor batch, RoiSampling sampling) => x.Apply(new RoiAlign(sampling), regions, batch);
    }
}
