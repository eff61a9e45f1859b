using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y[o, j, i] = Σₜ w[j, t]·x[o, at[j, t], i]: one axis sampled anew. Shapes: x [o…, n, i…] → y [o…, m, i…].</summary>
/// <param name="Axis">The axis; negative counts from the end.</param>
/// <param name="Sampling">Taps and weights.</param>
/// <param name="Size">m; 0 for ⌊n·scale⌋.</param>
/// <param name="Scale">The scale; 0 for m/n. One of the two is given.</param>
/// <remarks>ONNX Resize along one axis; over several axes it is applied to each. Any element type where the nearest element is chosen, else float32 and float64.</remarks>
public sealed record Resize(int Axis, Resampling Sampling, int Size = 0, float Scale = 0) : ComposedOp
{
    private const int MostTaps = 1 << 28;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Argument(Size >= 0 && Scale >= 0 && (Size > 0 || Scale > 0), $"{Name}: the size is {Size} and the scale {Scale}; one of them must be positive.");
        if (Sampling.Mode != ResizeMode.Nearest) Contractions.SameFloats(inputs, Name);
        Shape x = inputs[0].Shape;
        int axis = x.Axis(Axis, Name);
        if (x[axis].IsKnown && x[axis].Size > 0)
        {
            double taps = (double)Result(x[axis]).Size * Sampling.Taps(ScaleOf(x[axis]));
            Ensure.Shape(taps <= MostTaps, $"{Name}: axis {axis} of {x} is sampled at {taps} places; at most {MostTaps} are supported. Use another size or scale.");
        }
        Ensure.Shape(!x[axis].IsKnown || x[axis].Size > 0, $"{Name}: axis {axis} of {x} is empty. Resize another one.");
        return [new(inputs[0].Type, x.With(axis, Result(x[axis])))];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * Sampling.Taps(ScaleOf(inputs[0].Shape[inputs[0].Shape.Axis(Axis, Name)]));

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new ResampleStep(inputs[0].Shape.Axis(Axis, Name), Sampling, Scale, Pad.Bits(Sampling.Outside, inputs[0].Type));

    /// <inheritdoc/>
    protected override Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0];
        int axis = x.Shape.Axis(Axis, Name), size = x.Shape[axis], count = Result(size);
        double scale = ScaleOf(size);
        int taps = Sampling.Taps(scale);
        int[] at = new int[count * taps];
        double[] weights = new double[at.Length];
        Sampling.Fill(size, count, scale, at, weights);
        Tensor? y = null;
        for (int t = 0; t < taps; t++)
        {
            Tensor picked = x.Gather(Tensor.Vector<int>([.. Enumerable.Range(0, count).Select(j => Math.Max(at[(j * taps) + t], 0))]), axis);
            if (Sampling.Mode != ResizeMode.Nearest) picked *= Along(axis, x, [.. Enumerable.Range(0, count).Select(j => weights[(j * taps) + t])]);
            y = y is null ? picked : y + picked;
        }
        double[] outside = [.. Enumerable.Range(0, count).Select(j => at[j * taps] < 0 ? 1.0 : 0)];
        if (!outside.Contains(1)) return [y!];
        return [Along(axis, x, outside).Cast(DType.Bool).Where(Tensor.Scalar(Sampling.Outside, x.Type), y!)];
    }

    private double ScaleOf(int size) => Scale > 0 ? Scale : (double)Size / size;

    // One number for each element of the axis, in a shape that broadcasts.
    private static Tensor Along(int axis, Tensor x, double[] values)
    {
        int[] dims = new int[x.Rank];
        Array.Fill(dims, 1);
        dims[axis] = values.Length;
        Tensor vector = Tensor.From(values, Shape.Of(dims));
        return x.Type.IsFloat() ? vector.Cast(x.Type) : vector;
    }

    private Dim Result(Dim size)
    {
        if (Size > 0) return Size;
        double part = Sampling.Coordinates == ResizeCoordinates.TfCropAndResize ? (double)Sampling.End - Sampling.Start : 1;
        if (size.IsKnown)
        {
            int result = (int)Math.Floor(size.Size * part * Scale);
            Ensure.Shape(result > 0, $"{Name}: a scale of {Scale} leaves nothing of size {size}. Use a larger one.");
            return result;
        }
        double factor = part * Scale;
        if (factor == Math.Floor(factor)) return size * (int)factor;
        return 1 / factor is var divisor && divisor == Math.Floor(divisor) ? size / (int)divisor : Dim.Symbol($"⌊{size}*{factor:R}⌋");
    }
}

/// <summary>Sampling tensors anew.</summary>
public static class ResizeExtensions
{
    extension(Tensor x)
    {
        /// <summary>x [N, C, …] with other spatial sizes.</summary>
        /// <param name="sizes">One size for each axis behind the first two.</param>
        /// <param name="sampling">How; by default each element is a mean weighted by distances from half-pixel centres.</param>
        public Tensor Resize(Dims sizes, Resampling? sampling = null)
        {
            Ensure.Shape(sizes.Count == x.Rank - 2, $"Resize: {sizes.Count} sizes for x {x.Shape}; {x.Rank - 2} are needed.");
            for (int i = 0; i < sizes.Count; i++)
                if (sizes[i] != x.Shape[i + 2]) x = x.Apply(new Resize(i + 2, sampling ?? new(ResizeMode.Linear), sizes[i]));
            return x;
        }
    }
}
