using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Testing;

public static partial class OpCases
{
    private static partial IEnumerable<OpCase> Contractions() =>
        [.. MatMuls(), .. Convs(), .. Transposes(), .. WeightGradients(), .. Pools(), .. Resizes(), .. Grids(), .. Regions(), .. Cells(), .. Normalizations(), .. Softmaxes(), .. Recurrences()];

    private static IEnumerable<OpCase> MatMuls()
    {
        yield return Pair(new MatMul(), [3, 4], [4, 5], "matrices");
        yield return Pair(new MatMul(), [4], [4], "dot product");
        yield return Pair(new MatMul(), [4], [4, 3], "row");
        yield return Pair(new MatMul(), [3, 4], [4], "column");
        yield return Pair(new MatMul(), [4], [2, 4, 3], "row, batch");
        yield return Pair(new MatMul(), [2, 3, 4], [4], "batch, column");
        yield return Pair(new MatMul(), [2, 3, 4], [2, 4, 2], "batch");
        yield return Pair(new MatMul(), [2, 3, 4], [4, 2], "batch, one right");
        yield return Pair(new MatMul(), [3, 4], [2, 4, 2], "one left, batch");
        yield return Pair(new MatMul(), [2, 1, 2, 3], [3, 3, 2], "broadcast batch");
        yield return Pair(new MatMul(), [2, 1, 2, 2], [1, 3, 2, 2], "both broadcast");
        yield return Pair(new MatMul(), [1, 1], [1, 1], "one element");
    }

    private static IEnumerable<OpCase> Convs()
    {
        yield return Pair(new Conv([1, 1], [0, 0, 0, 0], [1, 1]), [2, 2, 4, 5], [3, 2, 2, 3], "plain");
        yield return Pair(new Conv([1, 1], [1, 1, 1, 1], [1, 1]), [1, 2, 4, 4], [2, 2, 3, 3], "same");
        yield return Pair(new Conv([2, 2], [1, 1, 1, 1], [1, 1]), [1, 2, 6, 5], [2, 2, 3, 3], "stride 2");
        yield return Pair(new Conv([3, 2], [0, 2, 1, 0], [1, 2]), [1, 1, 8, 7], [2, 1, 3, 2], "all asymmetric");
        yield return Pair(new Conv([1, 1], [2, 2, 2, 2], [2, 2]), [1, 1, 5, 5], [1, 1, 3, 3], "dilated");
        yield return Pair(new Conv([1, 1], [1, 1, 1, 1], [1, 1], 2), [2, 4, 3, 3], [4, 2, 3, 3], "two groups");
        yield return Pair(new Conv([2, 2], [1, 1, 1, 1], [1, 1], 3), [1, 3, 5, 5], [3, 1, 3, 3], "depthwise");
        yield return Pair(new Conv([1, 1], [0, 0, 0, 0], [1, 1], 2), [1, 2, 3, 3], [4, 1, 2, 2], "depthwise, two each");
        yield return Pair(new Conv([1, 1], [], []), [2, 3, 3, 3], [4, 3, 1, 1], "pointwise");
        yield return Pair(new Conv([2, 2], [], []), [1, 3, 4, 5], [2, 3, 1, 1], "pointwise, stride 2");
        yield return Pair(new Conv([], [], []), [1, 2, 3, 3], [2, 2, 3, 3], "whole image");
        yield return Pair(new Conv([2], [1, 0], [1]), [2, 2, 7], [3, 2, 3], "1-D");
        yield return Pair(new Conv([1], [2, 2], [2], 2), [1, 4, 6], [2, 2, 3], "1-D, dilated groups");
        yield return Triple(new Conv([1, 1], [1, 1, 1, 1], [1, 1]), [2, 2, 3, 4], [3, 2, 3, 3], [3], "bias");
        yield return Triple(new Conv([3], [0, 1], [1]), [2, 2, 6], [2, 2, 2], [2], "1-D, bias");
    }

    private static IEnumerable<OpCase> Transposes()
    {
        yield return Pair(new ConvTranspose([1, 1], [0, 0, 0, 0], [1, 1], [0, 0]), [1, 2, 3, 3], [2, 3, 2, 2], "plain");
        yield return Pair(new ConvTranspose([2, 2], [1, 1, 1, 1], [1, 1], [1, 1]), [1, 2, 3, 3], [2, 2, 3, 3], "stride 2, output padding");
        yield return Pair(new ConvTranspose([3, 2], [0, 1, 1, 0], [1, 2], [2, 0]), [1, 1, 3, 4], [1, 2, 2, 3], "all asymmetric");
        yield return Pair(new ConvTranspose([2, 2], [0, 0, 0, 0], [1, 1], [0, 0], 2), [2, 4, 2, 2], [4, 2, 2, 2], "two groups");
        yield return Pair(new ConvTranspose([1, 1], [1, 1, 1, 1], [1, 1], [0, 0], 3), [1, 3, 4, 3], [3, 1, 3, 3], "depthwise");
        yield return Pair(new ConvTranspose([2], [1, 0], [2], [1]), [1, 2, 4], [2, 2, 3], "1-D");
        yield return Triple(new ConvTranspose([2, 2], [], [], []), [1, 2, 2, 3], [2, 2, 2, 2], [2], "bias");
    }

    private static IEnumerable<OpCase> WeightGradients()
    {
        yield return Pair(new ConvWeightGradient([3, 3], [1, 1], [1, 1, 1, 1], [1, 1]), [2, 2, 4, 4], [2, 3, 4, 4], "same");
        yield return Pair(new ConvWeightGradient([3, 2], [3, 2], [0, 2, 1, 0], [1, 2]), [1, 1, 8, 7], [1, 2, 3, 4], "all asymmetric");
        yield return Pair(new ConvWeightGradient([2, 2], [1, 1], [], [], 2), [1, 4, 3, 3], [1, 4, 2, 2], "two groups");
        yield return Pair(new ConvWeightGradient([3], [2], [1, 0], [1]), [2, 2, 7], [2, 3, 3], "1-D");
    }

    private static IEnumerable<OpCase> Pools()
    {
        yield return Distinct(new MaxPool([2, 2], [2, 2], [0, 0, 0, 0], [1, 1]), [2, 2, 4, 6], "2×2");
        yield return Distinct(new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), [1, 2, 5, 6], "overlapping, padded");
        yield return Distinct(new MaxPool([3, 2], [2, 2], [1, 0, 0, 1], [1, 1], true), [1, 1, 6, 6], "ceil, asymmetric");
        yield return Distinct(new MaxPool([2, 3], [1, 1], [0, 1, 0, 1], [2, 1]), [1, 2, 5, 4], "dilated");
        yield return Distinct(new MaxPool([3], [2], [1, 1], [1]), [2, 3, 7], "1-D");
        yield return Distinct(new MaxPoolIndices([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), [1, 2, 5, 6], "");
        yield return new(new PlaneScatter([3, 4]), rng => [Uniform(rng, -2, 2, 2, 2, 2, 3), Places(rng, 12, 2, 2, 2, 3)]);
        yield return new(new PlaneGather(), rng => [Uniform(rng, -2, 2, 2, 2, 3, 4), Places(rng, 12, 2, 2, 2, 5)]);
        yield return Single(new AveragePool([2, 2], [2, 2], [0, 0, 0, 0], [1, 1]), [2, 2, 4, 6], "2×2");
        yield return Single(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), [1, 2, 5, 6], "padding not counted");
        yield return Single(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1], CountIncludePad: true), [1, 2, 5, 6], "padding counted");
        yield return Single(new AveragePool([3, 2], [2, 2], [1, 0, 0, 1], [1, 1], true, true), [1, 1, 6, 6], "ceil, counted");
        yield return Single(new AveragePool([3, 3], [2, 2], [0, 0, 0, 0], [1, 1], true), [1, 1, 6, 6], "ceil");
        yield return Single(new AveragePool([2, 2], [1, 1], [0, 1, 1, 0], [2, 1]), [1, 1, 5, 4], "dilated");
        yield return Single(new AveragePool([3], [2], [1, 1], [1], CountIncludePad: true), [2, 3, 7], "1-D");
        yield return Single(new AveragePoolTranspose(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), [5, 6]), [1, 2, 3, 3], "");
        yield return Single(new GlobalAveragePool(), [2, 3, 4, 5], "2-D");
        yield return Single(new GlobalAveragePool(), [2, 3, 7], "1-D");
        yield return Single(new Dropout(0.3f, 7, 11), [5, 9], "");
    }

    private static IEnumerable<OpCase> Cells()
    {
        CellFunction sigmoid = new(CellFunctionKind.Sigmoid), tanh = new(CellFunctionKind.Tanh), soft = new(CellFunctionKind.Softsign);
        CellFunctions usual = new(sigmoid, tanh, tanh), other = new(new(CellFunctionKind.Affine, 0.3f, 0.4f), new(CellFunctionKind.ScaledTanh, 0.9f, 0.7f), new(CellFunctionKind.Softplus));
        yield return Cell(new(RecurrentCell.Plain, 1, false, new(tanh), new(tanh), 0), 2, 3, "plain");
        yield return Cell(new(RecurrentCell.Plain, 2, false, new(soft), new(new(CellFunctionKind.Softplus)), 0), 2, 3, "plain, both directions");
        yield return Cell(new(RecurrentCell.Gru, 1, true, usual with { H = default }, usual with { H = default }, 0), 2, 3, "GRU, reverse");
        yield return Cell(new(RecurrentCell.GruResetAfter, 2, false, usual with { H = default }, usual with { H = default }, 9), 2, 3, "GRU, reset after");
        yield return Cell(new(RecurrentCell.Lstm, 2, false, usual, other, 0), 2, 3, "LSTM");
        yield return Cell(new(RecurrentCell.LstmCoupled, 1, false, usual, usual, 8), 2, 3, "LSTM, coupled");
    }

    // Three steps of two sequences, of which the second ends after two.
    private static OpCase Cell(RecurrentRules rules, int inputs, int size, string label) => new(new RecurrentSequence(rules), rng =>
    {
        int d = rules.Directions, gates = rules.Gates * size;
        List<Tensor> all =
        [
            Uniform(rng, -1, 1, 3, 2, inputs), Uniform(rng, -1, 1, d, gates, inputs), Uniform(rng, -1, 1, d, gates, size), Uniform(rng, -1, 1, d, 2 * gates),
            Tensor.Vector(3, 2), Uniform(rng, -1, 1, d, 2, size),
        ];
        if (rules.HasMemory) all.AddRange([Uniform(rng, -1, 1, d, 2, size), Uniform(rng, -1, 1, d, 3 * size)]);
        return [.. all];
    }, label);

    private static IEnumerable<OpCase> Resizes()
    {
        yield return Single(new Resize(2, new(ResizeMode.Nearest), 7), [2, 3, 4, 2], "nearest");
        yield return Single(new Resize(-1, new(ResizeMode.Nearest, ResizeCoordinates.Asymmetric, NearestRounding.Floor), Scale: 2), [2, 3, 4], "nearest, last axis");
        yield return Single(new Resize(2, new(ResizeMode.Nearest, ResizeCoordinates.AlignCorners, NearestRounding.RoundPreferCeil), 3), [1, 2, 6, 2], "nearest, corners");
        yield return Single(new Resize(2, new(ResizeMode.Linear), 7), [2, 2, 4, 3], "linear");
        yield return Single(new Resize(-1, new(ResizeMode.Linear, ResizeCoordinates.AlignCorners), 3), [2, 2, 7], "linear, last axis");
        yield return Single(new Resize(1, new(ResizeMode.Linear, ResizeCoordinates.PytorchHalfPixel), 1), [2, 5, 3], "linear, one element");
        yield return Single(new Resize(1, new(ResizeMode.Linear, Antialias: true), Scale: 0.4f), [2, 9, 3], "linear, antialias");
        yield return Single(new Resize(2, new(ResizeMode.Cubic), Scale: 1.7f), [1, 2, 5, 3], "cubic");
        yield return Single(new Resize(-1, new(ResizeMode.Cubic, Cubic: -0.5f, ExcludeOutside: true), 8), [2, 5], "cubic, last axis");
        yield return Single(new Resize(0, new(ResizeMode.Cubic, ResizeCoordinates.HalfPixelSymmetric, Antialias: true), Scale: 0.45f), [11, 3], "cubic, antialias");
        yield return Single(new Resize(2, new(ResizeMode.Linear, ResizeCoordinates.TfCropAndResize, Start: -0.3f, End: 0.7f, Outside: 2), 6), [1, 2, 5, 3], "linear, crop");
    }

    private static IEnumerable<OpCase> Grids()
    {
        foreach (GridPadding padding in Enum.GetValues<GridPadding>())
            foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
                foreach (bool corners in (bool[])[false, true])
                {
                    GridSample op = new(new(mode, padding, corners));
                    string label = $"{mode}, {padding}{(corners ? ", corners" : "")}";
                    yield return new(op, rng => [Uniform(rng, -2, 2, 2, 3, 4, 5), Uniform(rng, -2.2, 2.2, 2, 3, 2, 2)], label);
                    if (mode != ResizeMode.Cubic) yield return new(op, rng => [Uniform(rng, -2, 2, 1, 2, 3, 2, 4), Uniform(rng, -1.6, 1.6, 1, 2, 2, 3, 3)], $"{label}, three axes");
                }
    }

    private static IEnumerable<OpCase> Regions()
    {
        foreach (RoiSampling s in (RoiSampling[])[new(2, 3, 2), new(3, 2, 0, 0.5f), new(2, 2, 3, 1, false), new(3, 2, 0, 0.6f, false), new(2, 3, 2, 1, true, true), new(2, 2, 0, 0.8f, false, true)])
            yield return new(new RoiAlign(s), rng => [Uniform(rng, -2, 2, 2, 3, 6, 7), Boxes(rng, 5), Tensor.Vector<long>(0, 1, 1, 0, 1)], $"{s.Height}×{s.Width}, {s.Samples} samples, {(s.HalfPixel ? "half pixel" : "whole")}{(s.Maximum ? ", max" : "")}");
    }

    // x₁, y₁, x₂, y₂; some reach beyond an image of 6×7.
    private static Tensor Boxes(Rng rng, int count)
    {
        Tensor corners = Uniform(rng, -1.4, 4, count, 2), sizes = Uniform(rng, 0.3, 5, count, 2);
        return Tensor.From([.. corners.ToArray<double>().Chunk(2).Zip(sizes.ToArray<double>().Chunk(2), (c, s) => (double[])[c[0], c[1], c[0] + s[0], c[1] + s[1]]).SelectMany(b => b)], Shape.Of(count, 4));
    }

    private static IEnumerable<OpCase> Normalizations()
    {
        foreach (int[] x in (int[][])[[4, 3], [3, 2, 5], [2, 3, 3, 4]])
        {
            int c = x[1];
            string label = $"rank {x.Length}";
            yield return new(
                new BatchNormalization(1e-3f), r => [Uniform(r, -2, 2, x), Uniform(r, 0.5, 2, c), Uniform(r, -1, 1, c), Uniform(r, -1, 1, c), Uniform(r, 0.5, 2, c)], label);
            yield return new(new BatchNormalizationTraining(1e-3f), r => [Uniform(r, -2, 2, x), Uniform(r, 0.5, 2, c), Uniform(r, -1, 1, c)], label);
            yield return new(
                new BatchNormalizationGradient(1e-3f),
                r => WithStatistics(Uniform(r, -2, 2, x), Uniform(r, 0.5, 2, c), Uniform(r, -1, 1, x)), label);
        }
        yield return Triple(new LayerNormalization(-1, 1e-3f), [3, 5], [5], [5], "last axis");
        yield return Triple(new LayerNormalization(1, 1e-3f), [2, 3, 4], [3, 4], [3, 4], "two axes");
        yield return Triple(new LayerNormalization(-1), [2, 3, 6], [6], [6], "batch");
        yield return Pair(new LayerNormalization(-1), [4, 6], [6], "no bias");
        yield return Triple(new LayerNormalizationGradient(-1, 1e-3f), [4, 6], [6], [4, 6], "");
    }

    // The gradient of batch-norm gets mean and variance of its own x.
    private static Tensor[] WithStatistics(Tensor x, Tensor scale, Tensor dy)
    {
        (_, Tensor mean, Tensor variance) = x.BatchNormalizationTraining(scale, scale);
        return [x, scale, mean, variance, dy];
    }

    private static IEnumerable<OpCase> Softmaxes()
    {
        foreach (int axis in (int[])[-1, 0, 1])
        {
            yield return Single(new Softmax(axis), [3, 4, 5], $"axis {axis}");
            yield return Single(new LogSoftmax(axis), [3, 4, 5], $"axis {axis}");
        }
        yield return Single(new Softmax(), [7], "vector");
        yield return Pair(new SoftmaxGradient(1, Logarithmic: false), [3, 4, 2], [3, 4, 2], "softmax");
        yield return Pair(new SoftmaxGradient(-1, Logarithmic: true), [3, 4], [3, 4], "logarithm");
    }

    private static IEnumerable<OpCase> Recurrences()
    {
        foreach (bool reverse in (bool[])[false, true])
            foreach (bool bias in (bool[])[false, true])
            {
                yield return new(new LstmSequence(reverse), rng => Sequence(rng, bias), $"reverse {reverse}, bias {bias}");
                LstmSequenceGradient gradient = new(reverse, GivenY: !bias, GivenC: bias, GivenGates: reverse, NeedsX: !bias);
                yield return new(gradient, rng => Slopes(rng, gradient), $"reverse {reverse}, dc {bias}");
            }
    }

    // x [3, 2, 4], W_ih [12, 4], W_hh [12, 3], h₀, c₀ [1, 3] and perhaps a bias.
    private static Tensor[] Sequence(Rng rng, bool bias)
    {
        Tensor[] all = [Uniform(rng, -1, 1, 3, 2, 4), Uniform(rng, -1, 1, 12, 4), Uniform(rng, -1, 1, 12, 3), Uniform(rng, -1, 1, 2, 3), Uniform(rng, -1, 1, 1, 3), Uniform(rng, -1, 1, 12)];
        return bias ? all : all[..5];
    }

    private static Tensor[] Slopes(Rng rng, LstmSequenceGradient op)
    {
        Tensor[] inputs = Sequence(rng, bias: false), outputs = Door.Run(new LstmSequence(op.Reverse), inputs);
        Tensor[] all = [.. inputs, .. outputs];
        if (op.GivenY) all = [.. all, Uniform(rng, -1, 1, 3, 2, 3)];
        if (op.GivenC) all = [.. all, Uniform(rng, -1, 1, 3, 2, 3)];
        return op.GivenGates ? [.. all, Uniform(rng, -1, 1, 3, 2, 12)] : all;
    }

    private static OpCase Single(Op op, int[] x, string label) => new(op, rng => [Uniform(rng, -2, 2, x)], label);

    private static OpCase Pair(Op op, int[] a, int[] b, string label) => new(op, rng => [Uniform(rng, -2, 2, a), Uniform(rng, -2, 2, b)], label);

    private static OpCase Triple(Op op, int[] a, int[] b, int[] c, string label) =>
        new(op, rng => [Uniform(rng, -2, 2, a), Uniform(rng, -2, 2, b), Uniform(rng, -2, 2, c)], label);

    // Values at least 0.05 apart, so that no maximum is a near tie.
    private static OpCase Distinct(Op op, int[] x, string label) => new(op, rng =>
    {
        Shape shape = Shape.Of(x);
        double[] values = Array.ConvertAll(rng.Permutation(shape.Length), p => 0.05 * p - 1);
        return [Tensor.From(values, shape)];
    }, label);

    private static Tensor Places(Rng rng, int plane, params ReadOnlySpan<int> dims)
    {
        Shape shape = Shape.Of(dims);
        int[] places = new int[shape.Length];
        for (int i = 0; i < places.Length; i++) places[i] = rng.NextInt(plane);
        return Tensor.From(places, shape);
    }
}
