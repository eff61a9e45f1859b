using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Lowering.Random;

/// <summary>A random graph of 8-bit codes: Quantize and Dequantize around every op that computes, so that its plan holds integers only.</summary>
internal sealed class RandomCodeGraph : RandomGraph
{
    private readonly Dictionary<Value, QuantParams> _parameters = [];

    public RandomCodeGraph(ulong seed) : base(seed) => Draw(nodes: 3 + Rng.NextInt(9));

    protected override Item Source()
    {
        int[] dims = Rng.NextInt(5) switch
        {
            0 => [Batch, 1 + Rng.NextInt(19)],
            1 => [Batch, 1 + Rng.NextInt(9), 1 + Rng.NextInt(9)],
            _ => [Batch, 1 + Rng.NextInt(18), 1 + Rng.NextInt(7), 1 + Rng.NextInt(7)],
        };
        QuantParams p = QuantParams.Asymmetric((float)(-0.5 - Rng.NextDouble()), (float)(0.5 + Rng.NextDouble()), 8, Chance(2));
        return Dequantized(Input(Uniform(1.5, dims).QuantizeLinear(p)), p);
    }

    protected override Item Outward(Item item) => Quantized(item, _parameters[item.Value]);

    protected override Item? Next(Item x) => Rng.NextInt(12) switch
    {
        11 when x.Rank == 4 => Block(x),
        0 or 1 or 2 when x.Rank > 2 => Finished(Convolution(x)),
        0 or 1 or 2 or 3 => Finished(Product(x)),
        4 or 5 => Other(o => o.Shape == x.Shape) is { } other ? Finished(Add(Choose<Op>(new Add(), new Add(), new Mul()), x, other)) : null,
        6 => Finished(Function(x)),
        7 or 8 when x.Rank > 2 => Finished(Pool(x)),
        9 => Other(o => o.Rank == x.Rank && o.Shape.With(1, 1) == x.Shape.With(1, 1)) is { } other ? Finished(Add(new Concat(1), x, other)) : null,
        _ => Movement(x),
    };

    // Relu or Clip at times, then codes of a range that holds most of the values; null where products and exponentials have grown too large.
    private Item? Finished(Item y)
    {
        if (Chance(3)) y = Add(Choose<Op>(new Relu(), new Clip(-0.5, 1), new Clip(null, 0.75)), y);
        float low = -0.01f, high = 0.01f;
        foreach (float v in y.Data.ToArray<float>()) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        if (high - low > 1000) return null;
        float share = (float)(0.8 + 0.4 * Rng.NextDouble());
        QuantParams p = QuantParams.Asymmetric(low * share, high * share, 8, Chance(2));
        return Dequantized(Quantized(y, p), p);
    }

    private Item Convolution(Item x)
    {
        RandomWindow window = RandomWindow.Of(Rng, x.Shape, dilated: true);
        int channels = x.Shape[1], groups = Choose(1, 1, channels, Enumerable.Range(1, channels).Last(g => channels % g == 0 && g <= 3));
        int outs = groups * (1 + Rng.NextInt(groups == 1 ? 19 : 2)), taps = channels / groups;
        foreach (int k in window.Kernel) taps *= k;
        Item w = Weights(Uniform(Math.Sqrt(3.0 / taps), [outs, channels / groups, .. window.Kernel]), 0);
        Conv conv = new(window.Strides, window.Pads, window.Dilations, groups);
        return Chance(2) ? Add(conv, x, w) : Add(conv, x, w, Constant(Uniform(1, outs)));
    }

    private Item? Block(Item x)
    {
        int channels = x.Shape[1], groups = Choose(1, channels), side = Choose(1, 3);
        Item w = Weights(Uniform(Math.Sqrt(3.0 / (channels / groups * side * side)), channels, channels / groups, side, side), 0);
        if (Finished(Add(new Conv(default, [side / 2, side / 2, side / 2, side / 2], default, groups), x, w)) is not { } y) return null;
        return Finished(Chance(2) ? Add(new Add(), x, y) : Add(new Add(), y, x));
    }

    private Item Product(Item x)
    {
        int inner = x.Shape[-1], outs = 1 + Rng.NextInt(20);
        Item y = Add(new MatMul(), x, Weights(Uniform(Math.Sqrt(3.0 / inner), inner, outs), 1));
        return Chance(2) ? y : Add(new Add(), y, Constant(Uniform(1, outs)));
    }

    private Item Weights(Tensor real, int axis)
    {
        float[] most = [.. Enumerable.Range(0, real.Shape[axis]).Select(_ => (float)(0.5 + Rng.NextDouble()))];
        QuantParams p = Chance(3) ? QuantParams.Symmetric(1.2f) : QuantParams.SymmetricPerAxis(most, axis);
        return Dequantized(Constant(real.QuantizeLinear(p)), p);
    }

    private Item Function(Item x)
    {
        if (Chance(3)) return Add(new Mul(), x, Add(new Clip(0, 1), Add(new Add(), Add(new Mul(), x, Scalar(1 / 6.0)), Scalar(0.5))));
        return Add(Choose<Op>(new Sigmoid(), new Tanh(), new Gelu(), new LeakyRelu(0.1f), new Relu(), new Exp(), new Neg()), x);
    }

    private Item Pool(Item x)
    {
        if (Chance(4)) return Add(x.Rank == 4 && Chance(2) ? new ReduceMean([2, 3], false) : new GlobalAveragePool(), x);
        RandomWindow w = RandomWindow.Of(Rng, x.Shape, dilated: false);
        Dims kernel = Dims.Create(w.Kernel);
        Op pool = Chance(2) ? new MaxPool(kernel, w.Strides, w.Pads, w.Dilations) : new AveragePool(kernel, w.Strides, w.Pads, w.Dilations, false, Chance(2));
        return Add(pool, x);
    }

    // Codes are moved as they are.
    private Item Movement(Item x)
    {
        QuantParams p = _parameters[x.Value];
        Item y = Rng.NextInt(6) switch
        {
            0 when x.Rank == 4 => Add(new Transpose(Choose<Dims>([0, 2, 3, 1], [0, 3, 1, 2], [0, 1, 3, 2])), x),
            0 when x.Rank == 3 => Add(new Transpose([0, 2, 1]), x),
            1 when x.Rank == 4 => Add(new Reshape([0, 0, -1]), x),
            2 when x.Rank > 2 => Add(new Flatten(), x),
            3 when x.Rank == 2 => Add(new Reshape([0, x.Shape[1], 1, 1]), x),
            4 when x.Shape[1] > 1 => Add(new Slice([1], [x.Shape[1]], [1], [1 + Rng.NextInt(2)]), x),
            _ when x.Rank == 4 => Add(new Pad([0, 0, 1, 0, 0, 1, 0, 2]), x),
            _ => Add(new Reshape([0, 1, -1]), x),
        };
        _parameters[y.Value] = p;
        return y;
    }

    private Item Quantized(Item x, QuantParams p) => Add(new QuantizeLinear(p.Axis ?? 1), x, Constant(p.ScaleTensor()), Constant(p.ZeroPointTensor()));

    private Item Dequantized(Item codes, QuantParams p)
    {
        Item x = Add(new DequantizeLinear(p.Axis ?? 1), codes, Constant(p.ScaleTensor()), Constant(p.ZeroPointTensor()));
        _parameters[x.Value] = p;
        return x;
    }
}
