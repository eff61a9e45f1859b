namespace Dyadic.Ops;

/// <summary>The inverse of broadcasting, used by gradients.</summary>
public static class Broadcasting
{
    extension(Tensor x)
    {
        /// <summary>x summed over the axes along which <paramref name="shape"/> was broadcast to x's shape.</summary>
        /// <exception cref="ShapeException"><paramref name="shape"/> does not broadcast to x's shape.</exception>
        public Tensor SumTo(Shape shape)
        {
            if (x.Shape == shape) return x;
            Ensure.Shape(x.Rank >= shape.Rank, $"SumTo: shape {shape} does not broadcast to {x.Shape}.");
            int extra = x.Rank - shape.Rank;
            int[] stretched = [.. Enumerable.Range(extra, shape.Rank).Where(i => shape[i - extra] == 1 && x.Shape[i] != 1)];
            Tensor sum = stretched.Length > 0 ? x.ReduceSum(Dims.Create(stretched), keepDims: true) : x;
            if (extra > 0) sum = sum.ReduceSum([.. Enumerable.Range(0, extra)]);
            Ensure.Shape(sum.Shape == shape, $"SumTo: shape {shape} does not broadcast to {x.Shape}.");
            return sum;
        }
    }
}
