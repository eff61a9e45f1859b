using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

/// <summary>A contraction with a residual is the contraction and an <see cref="IntAdd"/>, byte for byte.</summary>
public class IntResidualTests
{
    private static readonly (IntFormat Codes, IntFormat Residual, IntFormat To)[] Formats =
    [
        (IntFormat.Full(DType.UInt8, 128), IntFormat.Full(DType.Int8, -4), IntFormat.Full(DType.Int8, 9)),
        (new(DType.Int8, -7, -7, 100), new(DType.UInt8, 12, 12, 255), new(DType.UInt8, 31, 31, 255)),
        (new(DType.Int8, 3, -90, 90), IntFormat.Full(DType.Int8, 127), new(DType.Int8, -128, -128, 60)),
    ];

    // Scales as networks have them, decimals whose sums tie, and a term that all but vanishes.
    private static readonly (double Codes, double Residual)[] Scales = [(0.831_736_2, 0.604_318_7), (0.5, 0.7), (1.317_1, 1e-7)];

    [Theory, MemberData(nameof(IntConvTests.Cases), MemberType = typeof(IntConvTests))]
    public void A_convolution_with_a_residual_is_two_steps_in_every_mode(int n, int c, int h, int w, int m, int groups, Window window)
    {
        Rng rng = new Rng(21).Split($"{n} {c} {h} {w} {m} {groups} {window}");
        int taps = c / groups * window.Taps;
        int[] x = [n, c, h, w], y = [n, m, window.OutputHeight(h), window.OutputWidth(w)];
        foreach ((IntFormat codes, IntFormat residual, IntFormat to) in Formats)
        {
            IntConv conv = new(StepCheck.Weights(rng, m * taps), StepCheck.Biases(rng, m), StepCheck.Scales(rng, m, 1.0 / (60 * Math.Sqrt(taps) * 60)), window, groups, IntFormat.Full(DType.UInt8, 77), codes);
            Check(conv, codes, residual, to, rng, x, y);
        }
    }

    [Theory, MemberData(nameof(IntConvTests.LinearCases), MemberType = typeof(IntConvTests))]
    public void A_product_with_a_residual_is_two_steps_in_every_mode(int rows, int inner, int outs)
    {
        Rng rng = new Rng(22).Split($"{rows} {inner} {outs}");
        foreach ((IntFormat codes, IntFormat residual, IntFormat to) in Formats)
        {
            IntLinear product = new(StepCheck.Weights(rng, outs * inner), StepCheck.Biases(rng, outs), StepCheck.Scales(rng, outs, 0.0003 / Math.Sqrt(inner)), IntFormat.Full(DType.UInt8, 77), codes);
            Check(product, codes, residual, to, rng, [rows, inner], [rows, outs]);
        }
    }

    [Fact]
    public void A_second_residual_is_refused()
    {
        IntFormat format = IntFormat.Full(DType.Int8);
        IntContraction added = new IntLinear([1], [0], [DyadicScale.Nearest(1)], format, format).WithResidual(DyadicScale.Nearest(1), DyadicScale.Nearest(1), format, format);
        Assert.Equal((1, "+ residual"), (added.InPlaceInput, added.Details));
        Assert.Contains("adds a residual already", Assert.Throws<PlanException>(() => added.WithResidual(DyadicScale.Nearest(1), DyadicScale.Nearest(1), format, format)).Message);
    }

    private static void Check(IntContraction alone, IntFormat codes, IntFormat residual, IntFormat to, Rng rng, int[] x, int[] y)
    {
        byte[] input = StepCheck.Random(rng, DType.UInt8, x), r = StepCheck.Random(rng, residual.Type, y);
        foreach (ref byte b in r.AsSpan()) b = IntFormat.Write(Math.Clamp(residual.Read(b), residual.Lo, residual.Hi));
        byte[] q = StepCheck.Equal(alone, (codes.Type, y), (DType.UInt8, x, input));
        foreach ((double a, double b) in Scales)
        {
            (DyadicScale scale, DyadicScale residualScale) = (DyadicScale.Nearest(a), DyadicScale.Nearest(b));
            byte[] expected = StepCheck.Equal(new IntAdd(scale, codes, residualScale, residual, to), (to.Type, y), (codes.Type, y, q), (residual.Type, y, r));
            Assert.Equal(expected, StepCheck.Equal(alone.WithResidual(scale, residualScale, residual, to), (to.Type, y), (DType.UInt8, x, input), (residual.Type, y, r)));
        }
    }
}
