using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>
/// y[n, c, p…] = Σ w·x[n, c, …]: planes read between their elements, at the place g[n, p…] in units of half their sizes from their middle; the last axis is named
/// first. Shapes: x [N, C, s₁ … s_d], g [N, p…, d] with as many p as s → y [N, C, p…].
/// </summary>
/// <param name="Sampling">Taps and weights along an axis; those of a plane are their products.</param>
/// <remarks>ONNX GridSample; Jaderberg et al. 2015, "Spatial transformer networks", §3.3, eqs. (5) to (7). Float32 and float64. Differentiable in x and, but for the nearest element, in g.</remarks>
public sealed record GridSample(GridSampling Sampling) : ComposedOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.SameFloats(inputs, Name);
        (Shape x, Shape grid) = (inputs[0].Shape, inputs[1].Shape);
        bool fits = x.Rank > 2 && grid.Rank == x.Rank && grid[^1] == x.Rank - 2 && x[0] == grid[0];
        Ensure.Shape(fits, $"{Name}: x is {x} and the grid {grid}; x [N, C, s…] needs a grid [N, p…, {Math.Max(1, x.Rank - 2)}] with as many p as s.");
        for (int axis = 2; axis < x.Rank; axis++) Ensure.Shape(x[axis] != 0, $"{Name}: axis {axis} of {x} is empty, so that there is nothing to read.");
        return [new(inputs[0].Type, [x[0], x[1], .. grid.Span[1..^1]])];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * Math.Pow(Sampling.Taps, inputs[0].Shape.Rank - 2);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new GridSampleStep(Sampling);

    /// <inheritdoc/>
    protected override Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        (Tensor x, Tensor grid) = (inputs[0], inputs[1]);
        int[] dims = x.Shape.ToArray(), sizes = dims[2..];
        int images = dims[0], channels = dims[1], points = grid.Length / (Math.Max(images, 1) * sizes.Length);
        Tensor planes = FlatPlanes.Of(x), places = grid.Reshape(Shape.Of(images * points, sizes.Length));
        Taps[][] axes = [.. sizes.Select((size, k) => TapsOf(places.Slice(1, sizes.Length - 1 - k, sizes.Length - k).Reshape(Shape.Of(images * points)), size))];
        Tensor image = Tensor.Vector<long>([.. Enumerable.Range(0, images * points).Select(p => (long)(p / points))]);
        Tensor y = Sum(planes, axes, sizes, 0, image, null);
        int[] between = [channels, images, .. grid.Shape.ToArray()[1..^1]];
        return [y.Reshape(Shape.Of(between)).Apply(new Transpose([1, 0, .. Enumerable.Range(2, sizes.Length)]))];
    }

    // One tap of every place along an axis: the element, and its weight; null for 1.
    private readonly record struct Taps(Tensor At, Tensor? Weight);

    private static Tensor Sum(Tensor planes, Taps[][] axes, int[] sizes, int axis, Tensor index, Tensor? weight)
    {
        if (axis == axes.Length) return planes.Gather(index, 1) is var read && weight is null ? read : read * weight;
        Tensor? sum = null;
        foreach (Taps tap in axes[axis])
        {
            Tensor part = Sum(planes, axes, sizes, axis + 1, (index * sizes[axis]) + tap.At, tap.Weight is null ? weight : weight is null ? tap.Weight : weight * tap.Weight);
            sum = sum is null ? part : sum + part;
        }
        return sum!;
    }

    private Taps[] TapsOf(Tensor g, int size)
    {
        Tensor u = Sampling.AlignCorners ? (g + 1) / 2 * (size - 1) : (((g + 1) * size) - 1) / 2;
        Tensor whole = Sampling.Mode == ResizeMode.Nearest ? u.Apply(new RoundEven()) : u.Floor(), f = u - whole;
        Tensor?[] weights = Sampling.Mode switch
        {
            ResizeMode.Nearest => [null],
            ResizeMode.Linear => [1 - f, f],
            _ => [Outer(f + 1), Inner(f), Inner(1 - f), Outer(2 - f)],
        };
        Tensor first = whole.Cast(DType.Int64);
        return [.. weights.Select((w, t) => Tap(first + (Sampling.First + t), w, size, x: g))];
    }

    // Keys (4), for distances up to 1 and up to 2.
    private static Tensor Inner(Tensor d) => ((((GridSampling.Cubic + 2) * d) - (GridSampling.Cubic + 3)) * d * d) + 1;

    private static Tensor Outer(Tensor d) => GridSampling.Cubic * (((((d - 5) * d) + 8) * d) - 4);

    private Taps Tap(Tensor at, Tensor? weight, int size, Tensor x)
    {
        Tensor last = Tensor.Scalar(size - 1, DType.Int64), zero = Tensor.Scalar(0, DType.Int64);
        Tensor clamped = at.Max(zero).Min(last);
        if (Sampling.Padding == GridPadding.Border) return new(clamped, weight);
        if (Sampling.Padding == GridPadding.Zeros)
        {
            Tensor inside = at.Equal(clamped).Cast(x.Type);
            return new(clamped, weight is null ? inside : weight * inside);
        }
        Tensor rest = at.Apply(new Mod(false), Tensor.Scalar(Sampling.Period(size), DType.Int64));
        return new(rest.LessOrEqual(last).Where(rest, Sampling.Mirror(size) - rest), weight);
    }
}

/// <summary>Images as one matrix, of which a column holds all channels at one place.</summary>
internal static class FlatPlanes
{
    /// <summary>[N, C, s…] → [C, N·s…].</summary>
    public static Tensor Of(Tensor x) =>
        x.Apply(new Transpose([1, 0, .. Enumerable.Range(2, x.Rank - 2)])).Reshape(Shape.Of(x.Shape[1], x.Length / Math.Max(1, x.Shape[1].Size)));
}

/// <summary>Reading planes at places of a grid.</summary>
public static class GridSampleExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.GridSample"/>
        /// <param name="grid">[N, p…, d].</param>
        /// <param name="sampling">Taps and weights; by default means of the neighbours, zeros beyond the edges.</param>
        public Tensor GridSample(Tensor grid, GridSampling? sampling = null) => x.Apply(new GridSample(sampling ?? new(ResizeMode.Linear)), grid);
    }
}
