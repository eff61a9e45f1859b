using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntConvTests
{
    // N, C, H, W, M, groups, window
    public static TheoryData<int, int, int, int, int, int, Window> Cases => new()
    {
        { 1, 1, 5, 7, 16, 1, new(3, 3, 1, 1, 1, 1, 1, 1) },
        { 2, 16, 9, 8, 16, 1, new(3, 3, 1, 1, 1, 1, 1, 1) },
        { 1, 16, 9, 9, 33, 1, new(3, 3, 2, 2, 0, 0, 1, 1) },
        { 3, 5, 6, 7, 40, 1, new(1, 1) },
        { 1, 7, 8, 8, 17, 1, new(1, 1, 2, 2) },
        { 1, 3, 11, 10, 5, 1, new(3, 2, 1, 2, 2, 0, 0, 1, 2, 1) },
        { 1, 3, 11, 10, 5, 1, new(3, 3, 1, 1, 2, 2, 2, 2, 2, 2) },
        { 2, 6, 7, 7, 9, 3, new(3, 3, 1, 1, 1, 1, 1, 1) },
        { 1, 8, 5, 5, 64, 2, new(2, 2) },
        { 2, 24, 7, 9, 24, 24, new(3, 3, 1, 1, 1, 1, 1, 1) },
        { 1, 5, 9, 9, 5, 5, new(5, 3, 2, 1, 2, 1, 2, 1) },
        { 1, 16, 8, 8, 16, 16, new(3, 3, 2, 2, 1, 0, 0, 1, 1, 2) },
        { 1, 4, 6, 6, 8, 4, new(3, 3) },
        { 1, 2, 3, 3, 3, 1, new(3, 3) },
        { 1, 2, 2, 2, 3, 1, new(5, 5, 1, 1, 4, 4, 4, 4) },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Every_width_and_thread_count_equals_the_reference(int n, int c, int h, int w, int m, int groups, Window window)
    {
        Rng rng = new Rng(1).Split($"conv {n} {c} {h} {w} {m} {groups} {window}");
        int taps = c / groups * window.Taps;
        foreach ((IntFormat from, IntFormat to) in Formats)
        {
            IntConv step = new(
                StepCheck.Weights(rng, m * taps), StepCheck.Biases(rng, m), StepCheck.Scales(rng, m, 1.0 / (60 * Math.Sqrt(taps) * 60)), window, groups, from, to);
            StepCheck.Equal(step, rng, (to.Type, [n, m, window.OutputHeight(h), window.OutputWidth(w)]), (from.Type, [n, c, h, w]));
        }
    }

    [Fact]
    public void Scales_that_do_not_fit_vectors_give_the_same_bytes()
    {
        Rng rng = new(2);
        foreach (double scale in new[] { 0, 1e-12, 0.75, 1, 3, 70_000 })
        {
            IntFormat format = IntFormat.Full(DType.Int8, 5);
            IntConv step = new(StepCheck.Weights(rng, 20 * 27), StepCheck.Biases(rng, 20), [DyadicScale.Nearest(scale)], new(3, 3), 1, format, format);
            StepCheck.Equal(step, rng, (DType.Int8, [1, 20, 3, 4]), (DType.Int8, [1, 3, 5, 6]));
        }
    }

    [Fact]
    public void An_identity_kernel_returns_its_input()
    {
        IntFormat format = IntFormat.Full(DType.UInt8, 77);
        IntConv step = new([1], [0], [DyadicScale.Nearest(1)], new(1, 1), 1, format, format);
        byte[] x = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Assert.Equal(x, StepCheck.Equal(step, (DType.UInt8, [1, 1, 16, 16]), (DType.UInt8, [1, 1, 16, 16], x)));
    }

    [Fact]
    public void Padding_contributes_zero_whatever_the_zero_point()
    {
        // Every code is the zero point, so acc = bias everywhere, also where the window hangs over the edge.
        IntFormat from = IntFormat.Full(DType.Int8, -128), to = IntFormat.Full(DType.Int8);
        IntConv step = new(StepCheck.Weights(new Rng(3), 9), [12], [DyadicScale.Nearest(0.5)], new(3, 3, 1, 1, 1, 1, 1, 1), 1, from, to);
        byte[] y = StepCheck.Equal(step, (DType.Int8, [1, 1, 4, 4]), (DType.Int8, [1, 1, 4, 4], Enumerable.Repeat((byte)0x80, 16).ToArray()));
        Assert.All(y, v => Assert.Equal(6, v));
    }

    [Fact]
    public void An_accumulator_that_could_overflow_is_refused()
    {
        short[] w = [.. Enumerable.Repeat((short)-128, 70_000)];
        PlanException e = Assert.Throws<PlanException>(
            () => new IntLinear(w, [0], [DyadicScale.Nearest(1e-6)], IntFormat.Full(DType.UInt8), IntFormat.Full(DType.Int8)));
        Assert.Equal("plan: step gemm_u8s8s32: |acc| can reach 2284800000 ≥ 2³¹ for K = 70000. Quantise to fewer bits or split K.", e.Message);
        // 128·255·65793 = 2,147,483,520 is the last that fits; with bias 128 it is 2³¹.
        Assert.Equal(2_147_483_520, Linear(0).WorstAccumulator);
        Assert.Equal(2_147_483_647, Linear(-127).WorstAccumulator);
        Assert.Throws<PlanException>(() => Linear(128));
        IntLinear Linear(int bias) => new(w[..65793], [bias], [DyadicScale.Nearest(1e-6)], IntFormat.Full(DType.UInt8), IntFormat.Full(DType.Int8));
    }

    [Fact]
    public void The_largest_accumulator_is_exact()
    {
        int k = 65_793;
        IntLinear step = new([.. Enumerable.Repeat((short)-128, k)], [0], [new(1 << 30, 54)], IntFormat.Full(DType.UInt8), IntFormat.Full(DType.Int8));
        byte[] y = StepCheck.Equal(step, (DType.Int8, [1, 1]), (DType.UInt8, [1, k], Enumerable.Repeat((byte)255, k).ToArray()));
        Assert.Equal(-128, (sbyte)y[0]);       // −2147483520·2⁻²⁴ = −127.99999 → −128
    }

    public static TheoryData<int, int, int> LinearCases => new() { { 1, 64, 10 }, { 7, 33, 17 }, { 64, 128, 64 }, { 13, 1, 1 }, { 2, 300, 129 }, { 250, 5, 3 } };

    [Theory, MemberData(nameof(LinearCases))]
    public void Linear_equals_the_reference(int rows, int inner, int outs)
    {
        Rng rng = new Rng(4).Split($"linear {rows} {inner} {outs}");
        foreach ((IntFormat from, IntFormat to) in Formats)
        {
            IntLinear step = new(StepCheck.Weights(rng, outs * inner), StepCheck.Biases(rng, outs), StepCheck.Scales(rng, outs, 0.0003 / Math.Sqrt(inner)), from, to);
            StepCheck.Equal(step, rng, (to.Type, [rows, outs]), (from.Type, [rows, inner]));
        }
    }

    private static IEnumerable<(IntFormat From, IntFormat To)> Formats =>
    [
        (IntFormat.Full(DType.Int8, -128), IntFormat.Full(DType.UInt8, 128)),
        (IntFormat.Full(DType.UInt8, 255), new(DType.Int8, -128, -128, 100)),
        (IntFormat.Full(DType.Int8, 127), new(DType.Int8, 3, 3, 127)),
    ];
}
