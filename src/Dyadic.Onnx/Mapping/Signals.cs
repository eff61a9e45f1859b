using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Windows and Fourier transforms: products with constant matrices, so that they run in every arithmetic and have gradients.</summary>
internal static class Signals
{
    private const int LongestTransform = 1 << 13;

    public static IEnumerable<ImportRule> Imports =>
    [
        new("HannWindow", 17, n => Window(n, 0.5, 0.5, 0), "the size is constant"),
        new("HammingWindow", 17, n => Window(n, 25 / 46.0, 21 / 46.0, 0), "the size is constant"),
        new("BlackmanWindow", 17, n => Window(n, 0.42, 0.5, 0.08), "the size is constant"),
        new("MelWeightMatrix", 17, ImportMel, "all inputs are constant"),
        new("DFT", 17, ImportDft, $"the transformed axis has a known size, at most {LongestTransform}"),
        new("STFT", 17, ImportStft, $"the signal has a known length; frames of at most {LongestTransform}"),
        new("Einsum", 12, n => n.Alias(EinsumEquation.Parse(n.Text("equation", "")).Compose<Value>(
            n.All(), v => v.Shape, (op, inputs) => n.Emit(op, inputs), (values, shape, like) => n.NewConstant("delta", Tensor.From(values, shape).Cast(like.Type.Type))))),
    ];

    // a − b·cos(2πi/N) + c·cos(4πi/N), where N is the size, or one less where the window is symmetric.
    private static void Window(NodeImport n, double a, double b, double c)
    {
        int size = n.Ints(0, "the size")[0], period = n.Flag("periodic", true) ? size : size - 1;
        DType type = n.ElementType("output_datatype", DType.Float32);
        NodeImport.Require(size >= 0, $"the size is {size}");
        n.RequireFew(size);
        double[] w = [.. Enumerable.Range(0, size).Select(i => a - (b * Math.Cos(2 * Math.PI * i / period)) + (c * Math.Cos(4 * Math.PI * i / period)))];
        n.Return(Tensor.From(w, Shape.Of(size)).Cast(type));
    }

    // Triangles over the bins of a spectrum, whose corners are equally far apart on the mel scale m = 2595·log₁₀(1 + f/700).
    private static void ImportMel(NodeImport n)
    {
        int bands = n.Ints(0, "num_mel_bins")[0], length = n.Ints(1, "dft_length")[0], rate = n.Ints(2, "sample_rate")[0];
        double low = Mel(Scalars.Read(n.Constant(3, "the lower edge"))), high = Mel(Scalars.Read(n.Constant(4, "the upper edge")));
        NodeImport.Require(bands > 0 && length > 0 && rate > 0, $"{bands} bands, a transform of {length} and a rate of {rate} cannot be");
        DType type = n.ElementType("output_datatype", DType.Float32);
        int bins = (length / 2) + 1;
        n.RequireFew((double)bins * bands);
        int[] corners = [.. Enumerable.Range(0, bands + 2).Select(i => (int)Math.Floor((length + 1) * Frequency(low + (i * (high - low) / (bands + 2))) / rate))];
        NodeImport.Require(corners[0] >= 0 && corners[^1] <= bins, $"the upper edge lies beyond half of the rate {rate}");
        double[] weights = new double[bins * bands];
        for (int i = 0; i < bands; i++)
        {
            (int from, int top, int to) = (corners[i], corners[i + 1], corners[i + 2]);
            if (from == top) weights[(top * bands) + i] = 1;
            for (int j = from; j <= top && from < top; j++) weights[(j * bands) + i] = (double)(j - from) / (top - from);
            for (int j = top; j < to; j++) weights[(j * bands) + i] = (double)(to - j) / (to - top);
        }
        n.Return(Tensor.From(weights, Shape.Of(bins, bands)).Cast(type));

        static double Mel(double f) => 2595 * Math.Log10(1 + (f / 700));
        static double Frequency(double m) => 700 * (Math.Pow(10, m / 2595) - 1);
    }

    private static void ImportDft(NodeImport n)
    {
        Value x = n[0];
        int rank = x.Shape.Rank, axis = n.Opset < 20 ? n.Int("axis", 1) : n.Has(2) ? n.Ints(2, "the axis")[0] : -2;
        axis = x.Shape.Axis(axis, "DFT");
        NodeImport.Require(axis < rank - 1 && x.Shape[^1].IsKnown && x.Shape[^1].Size is 1 or 2, $"x is {x.Shape}; the last axis holds real parts, or real and imaginary ones, and is not transformed");
        int length = n.Has(1) ? n.Ints(1, "the length")[0] : Known(x.Shape[axis], axis);
        (bool inverse, bool half) = (n.Flag("inverse", false), n.Flag("onesided", false));
        // The transformed axis goes to the end, in front of the parts.
        int[] perm = [.. Enumerable.Range(0, rank - 1).Where(a => a != axis), axis, rank - 1], back = new int[rank];
        for (int i = 0; i < rank; i++) back[perm[i]] = i;
        Value moved = axis == rank - 2 ? x : n.Emit(new Transpose([.. perm]), x);
        Value y = Transformed(n, moved, length, inverse, half);
        n.Alias(axis == rank - 2 ? y : n.Emit(new Transpose([.. back]), y));
    }

    private static int Known(Dim size, int axis) => size.IsKnown ? size.Size : throw new ImportRefusal($"axis {axis} has no known size; bind it to a size on import");

    // X[k] = Σ x[i]·exp(∓2πi·ki/N) (divided by N on the way back), over the axis before the last; x is cut off or continued by zeros to N.
    private static Value Transformed(NodeImport n, Value x, int length, bool inverse, bool half)
    {
        NodeImport.Require(length is > 0 and <= LongestTransform, $"a transform of {length}; 1 to {LongestTransform} are supported");
        int rank = x.Shape.Rank, have = Math.Min(Known(x.Shape[^2], rank - 2), length), bins = half ? (length / 2) + 1 : length;
        if (have < x.Shape[^2].Size) x = n.Emit(new Slice([0], [have], [rank - 2], []), x);
        n.RequireFew((double)have * bins);
        (double[] cos, double[] sin) = (new double[have * bins], new double[have * bins]);
        for (int i = 0; i < have; i++)
        {
            for (int k = 0; k < bins; k++)
            {
                (double s, double c) = Math.SinCos(2 * Math.PI * ((long)i * k % length) / length);
                (cos[(i * bins) + k], sin[(i * bins) + k]) = inverse ? (c / length, s / length) : (c, -s);
            }
        }
        Value real = Matrix(n, x, cos, have, bins), imaginary = Matrix(n, x, sin, have, bins);
        Value xr = Part(n, x, 0), re = n.Emit(new MatMul(), xr, real), im = n.Emit(new MatMul(), xr, imaginary);
        if (x.Shape[^1].Size == 2)
        {
            Value xi = Part(n, x, 1);
            re = n.Emit(new Sub(), re, n.Emit(new MatMul(), xi, imaginary));
            im = n.Emit(new Add(), im, n.Emit(new MatMul(), xi, real));
        }
        return n.Emit(new Concat(-1), n.Emit(new Unsqueeze([-1]), re), n.Emit(new Unsqueeze([-1]), im));
    }

    private static Value Part(NodeImport n, Value x, int part) =>
        n.Emit(new Squeeze([-1]), x.Shape[^1].Size == 1 ? x : n.Emit(new Slice([part], [part + 1], [x.Shape.Rank - 1], []), x));

    private static Value Matrix(NodeImport n, Value x, double[] values, int rows, int columns) =>
        n.NewConstant("transform", Tensor.From(values, Shape.Of(rows, columns)).Cast(x.Type.Type));

    // Frames of the signal, weighted by the window, each transformed.
    private static void ImportStft(NodeImport n)
    {
        Value x = n[0];
        NodeImport.Require(x.Shape.Rank == 3, $"the signal is {x.Shape}; [batch, samples, 1 or 2] is needed");
        int samples = Known(x.Shape[1], 1), step = n.Ints(1, "frame_step")[0];
        int length = n.Has(3) ? n.Ints(3, "frame_length")[0] : n.Has(2) ? Known(n[2].Shape[0], 0) : throw new ImportRefusal("neither a window nor frame_length is given");
        NodeImport.Require(step > 0 && length > 0 && length <= samples, $"frames of {length} every {step} samples do not fit a signal of {samples}");
        int frames = ((samples - length) / step) + 1;
        n.RequireFew((double)frames * length);
        long[] places = [.. Enumerable.Range(0, frames).SelectMany(f => Enumerable.Range(0, length).Select(i => ((long)f * step) + i))];
        Value framed = n.Emit(new Gather(1), x, n.NewConstant("frames", Tensor.From(places, Shape.Of(frames, length))));
        if (n.Has(2)) framed = n.Emit(new Mul(), framed, n.Emit(new Unsqueeze([-1]), n[2]));
        n.Alias(Transformed(n, framed, length, false, n.Flag("onesided", true)));
    }
}
