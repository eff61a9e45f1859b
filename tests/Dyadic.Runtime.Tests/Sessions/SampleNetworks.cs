using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;
using Dyadic.Runtime.Tests.Steps.Integer;

namespace Dyadic.Runtime.Tests.Sessions;

/// <summary>Small integer plans with random weights.</summary>
internal static class SampleNetworks
{
    private static readonly IntFormat S8 = IntFormat.Full(DType.Int8, 3), Relu = new(DType.Int8, -7, -7, 127);

    /// <summary>[1, 3, H, W] → conv → conv, conv → add → max pool → transpose to logical rows → global average → flatten → linear [1, 10].</summary>
    public static Plan Residual(ulong seed = 1, bool batched = true, int size = 9)
    {
        Rng rng = new(seed);
        PlanBuilder b = new(batched);
        int x = b.Input("x", DType.Int8, [1, 3, size, size], "scale 1/128");
        int stem = Conv(b, rng, "stem", x, 3, 20, size, new(3, 3, 1, 1, 1, 1, 1, 1));
        int left = Conv(b, rng, "left", stem, 20, 20, size, new(3, 3, 1, 1, 1, 1, 1, 1));
        int right = Conv(b, rng, "right", stem, 20, 20, size, new(1, 1));
        int sum = b.Add("sum", new IntAdd(DyadicScale.Nearest(0.6), Relu, DyadicScale.Nearest(0.8), Relu, S8), [left, right], (DType.Int8, [1, 20, size, size]))[0];
        int half = (size - 2) / 2 + 1;
        int pool = b.Add("pool", new IntMaxPool(new(2, 2, 2, 2), S8), [sum], (DType.Int8, [1, 20, half, half]))[0];
        int both = b.Add("both", new IntConcat(1, [DyadicScale.Nearest(0.9), DyadicScale.Nearest(0.5)], [S8, S8], S8), [pool, pool], (DType.Int8, [1, 40, half, half]))[0];
        int turned = b.Add("turned", new IntTranspose([0, 1, 3, 2]), [both], (DType.Int8, [1, 40, half, half]))[0];
        int mean = b.Add("mean", new IntAveragePool(new(half, half), [DyadicScale.Nearest(1.0 / (half * half))], S8, S8), [turned], (DType.Int8, [1, 40, 1, 1]))[0];
        int flat = b.Add("flat", new IntReshape(), [mean], (DType.Int8, [1, 40]))[0];
        IntLinear linear = new(StepCheck.Weights(rng, 400), StepCheck.Biases(rng, 10), StepCheck.Scales(rng, 10, 0.003), S8, S8);
        b.Output("y", b.Add("head", linear, [flat], (DType.Int8, [1, 10]))[0]);
        return b.Build();
    }

    public static int Conv(PlanBuilder b, Rng rng, string name, int x, int channels, int outs, int size, Window window)
    {
        int taps = channels * window.Taps;
        IntConv step = new(StepCheck.Weights(rng, outs * taps), StepCheck.Biases(rng, outs), StepCheck.Scales(rng, outs, 0.0003 / Math.Sqrt(taps) * 3), window, 1, S8, Relu);
        return b.Add(name, step, [x], (DType.Int8, [1, outs, window.OutputHeight(size), window.OutputWidth(size)]))[0];
    }

    public static sbyte[] Codes(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)rng.NextUInt32())];
}
