using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Lowering.Random;

/// <summary>A random graph in float32 whose ops change errors by factors of about 1.</summary>
internal sealed class RandomFloatGraph : RandomGraph
{
    public RandomFloatGraph(ulong seed) : base(seed) => Draw(nodes: 3 + Rng.NextInt(10));

    protected override Item Source() => Input(Uniform(1.5, Rng.NextInt(4) switch
    {
        0 => [Batch, 1 + Rng.NextInt(19)],
        1 => [Batch, 1 + Rng.NextInt(9), 1 + Rng.NextInt(9)],
        _ => [Batch, 1 + Rng.NextInt(18), 1 + Rng.NextInt(7), 1 + Rng.NextInt(7)],
    }));

    protected override Item? Next(Item x)
    {
        Item? y = Rng.NextInt(15) switch
        {
            13 or 14 => Block(x),
            0 or 1 or 2 when x.Rank > 2 => Convolution(x),
            0 or 1 or 2 or 3 => Product(x),
            4 when x.Rank > 2 => Normalization(x),
            4 => LayerNorm(x),
            5 or 6 => Sum(x),
            7 => Channels(x),
            8 => Function(x),
            9 when x.Rank > 2 => Pool(x),
            10 => Movement(x),
            11 => Joined(x),
            _ => Clamp(x),
        };
        return y is { } made && Chance(3) ? Clamp(made) : y;
    }

    private Item Convolution(Item x)
    {
        RandomWindow window = RandomWindow.Of(Rng, x.Shape, dilated: true);
        int channels = x.Shape[1], groups = Choose(1, 1, channels, Enumerable.Range(1, channels).Last(g => channels % g == 0 && g <= 3));
        int outs = groups * (1 + Rng.NextInt(groups == 1 ? 19 : 2)), taps = channels / groups;
        foreach (int k in window.Kernel) taps *= k;
        Item w = Constant(Uniform(Math.Sqrt(3.0 / taps), [outs, channels / groups, .. window.Kernel]));
        Conv conv = new(window.Strides, window.Pads, window.Dilations, groups);
        return Chance(2) ? Add(conv, x, w) : Add(conv, x, w, Constant(Uniform(1, outs)));
    }

    // What keeps the shape, plus x or what came of x another way.
    private Item Block(Item x)
    {
        Item y = Same(x);
        if (Chance(2)) y = Same(Chance(2) ? Add(new Relu(), y) : y);
        return Swapped(new Add(), y, Chance(3) ? Same(x) : x);
    }

    private Item Same(Item x)
    {
        if (x.Rank == 2) return Product(x, x.Shape[1]);
        int channels = x.Shape[1], groups = Choose(1, channels), side = Choose(1, 3);
        int[] window = [.. Enumerable.Repeat(side, x.Rank - 2)], pads = [.. Enumerable.Repeat(side / 2, 2 * window.Length)];
        double bound = Math.Sqrt(3.0 / (channels / groups * window.Aggregate(1, (a, b) => a * b)));
        Item y = Add(new Conv(default, Dims.Create(pads), default, groups), x, Constant(Uniform(bound, [channels, channels / groups, .. window])));
        return Chance(2) ? Normalization(y) : y;
    }

    private Item Product(Item x) => Product(x, 1 + Rng.NextInt(20));

    private Item Product(Item x, int outs)
    {
        int inner = x.Shape[-1];
        Item y = Add(new MatMul(), x, Constant(Uniform(Math.Sqrt(3.0 / inner), inner, outs)));
        return Chance(3) ? y : Swapped(new Add(), y, Constant(Uniform(1, outs)));
    }

    private Item Normalization(Item x)
    {
        int c = x.Shape[1];
        Item scale = Constant(Uniform(1.5, c)), shift = Constant(Uniform(1, c)), mean = Constant(Uniform(1, c));
        return Add(new BatchNormalization(), x, scale, shift, mean, Constant(Tensor.Uniform(Shape.Of(c), Rng, 0.5f, 2)));
    }

    // As exporters write it.
    private Item LayerNorm(Item x)
    {
        int c = x.Shape[-1];
        Item d = Add(new Sub(), x, Add(new ReduceMean([-1], true), x));
        Item square = Chance(2) ? Add(new Pow(), d, Scalar(2)) : Add(new Mul(), d, d);
        Item root = Add(new Sqrt(), Add(new Add(), Add(new ReduceMean([-1], true), square), Scalar(0.1)));
        Item scaled = Swapped(new Mul(), Add(new Div(), d, root), Constant(Uniform(1, c)));
        return Chance(3) ? scaled : Swapped(new Add(), scaled, Constant(Uniform(1, c)));
    }

    // A residual, of itself at times, or of what broadcasts like the gate of squeeze and excitation.
    private Item? Sum(Item x)
    {
        Item? other = Other(o => o.Shape == x.Shape);
        if (x.Rank == 4 && Chance(3)) return Add(new Mul(), x, Add(new Sigmoid(), Add(new GlobalAveragePool(), x)));
        return other is { } r ? Swapped(Choose<Op>(new Add(), new Add(), new Sub(), new Max()), x, r) : null;
    }

    // A constant for each channel, for all, or along the last axis.
    private Item Channels(Item x)
    {
        int axis = x.Rank > 2 && Chance(2) ? 1 : x.Rank - 1;
        int[] dims = [.. Enumerable.Repeat(1, x.Rank - axis)];
        if (Chance(4) is false) dims[0] = x.Shape[axis];
        Tensor c = Tensor.Uniform(Shape.Of(dims), Rng, 0.5f, 1.5f);
        return Swapped(Choose<Op>(new Add(), new Sub(), new Mul(), new Mul(), new Div()), x, Constant(Chance(3) ? -c : c), keep: Chance(2));
    }

    private Item Function(Item x)
    {
        switch (Rng.NextInt(7))
        {
            case 0: return Add(new Gelu(), x);
            case 1: return Swapped(new Mul(), x, Add(new Sigmoid(), x));
            case 2: return Add(new Tanh(), Add(new Mul(), x, Scalar(0.7)));
            case 3:             // hard swish
                Item gate = Add(new Clip(0, 6), Add(new Add(), x, Scalar(3)));
                return Add(new Div(), Add(new Mul(), x, gate), Scalar(6));
            case 4:             // GELU by erf
                Item phi = Add(new Add(), Add(new Erf(), Add(new Div(), x, Scalar(Math.Sqrt(2)))), Scalar(1));
                return Add(new Mul(), Add(new Mul(), x, phi), Scalar(0.5));
            case 5:             // GELU by tanh
                Item cube = Add(new Mul(), Add(new Pow(), x, Scalar(3)), Scalar(0.044715));
                Item inner = Add(new Mul(), Add(new Add(), x, cube), Scalar(Math.Sqrt(2 / Math.PI)));
                return Add(new Mul(), Add(new Mul(), x, Scalar(0.5)), Add(new Add(), Add(new Tanh(), inner), Scalar(1)));
            default: return Add(new LeakyRelu(0.1f), Add(new Neg(), x));
        }
    }

    private Item Pool(Item x)
    {
        if (Chance(5)) return Add(new GlobalAveragePool(), x);
        RandomWindow w = RandomWindow.Of(Rng, x.Shape, dilated: false);
        Dims kernel = Dims.Create(w.Kernel);
        Op pool = Chance(2) ? new MaxPool(kernel, w.Strides, w.Pads, w.Dilations) : new AveragePool(kernel, w.Strides, w.Pads, w.Dilations, false, Chance(2));
        return Add(pool, x);
    }

    private Item Movement(Item x) => Rng.NextInt(6) switch
    {
        0 when x.Rank == 4 => Add(new Transpose(Choose<Dims>([0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2])), x),
        0 when x.Rank == 3 => Add(new Transpose([0, 2, 1]), x),
        1 when x.Rank == 4 => Add(new Reshape([0, 0, -1]), x),
        2 when x.Rank > 2 => Add(new Flatten(), x),
        3 when x.Rank == 2 => Add(new Reshape([0, x.Shape[1], 1, 1]), x),
        4 when x.Shape[1] > 1 => Add(new Slice([1], [x.Shape[1]], [1], [1 + Rng.NextInt(2)]), x),
        5 when x.Rank == 4 => Add(new Pad([0, 0, 1, 0, 0, 1, 0, 2]), x),
        _ => Add(new Softmax(x.Rank - 1), x),
    };

    private Item? Joined(Item x)
    {
        if (Other(o => o.Rank == x.Rank && o.Shape.With(1, 1) == x.Shape.With(1, 1)) is not { } other) return null;
        return Add(new Concat(1), Chance(4) ? [x, other, x] : [x, other]);
    }

    private Item Clamp(Item x) => Rng.NextInt(6) switch
    {
        0 => Add(new Clip(-0.5, 0.75), x),
        1 => Add(new Clip(null, 0.5), x),
        2 => Add(new Clip(-0.25, null), x),
        3 => Add(new Relu(), Add(new Clip(-1, 1), x)),
        4 => Add(new Clip(0.5, -0.5), x),               // bounds the wrong way round: the upper one wins
        _ => Add(new Relu(), x),
    };

    private Item Swapped(Op op, Item a, Item b, bool keep = false) => keep || op is Div || Chance(2) ? Add(op, a, b) : Add(op, b, a);
}
