using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntPoolTests
{
    public static TheoryData<int, int, int, int, Window> Cases => new()
    {
        { 1, 1, 6, 6, new(2, 2, 2, 2) },
        { 2, 16, 7, 5, new(3, 3, 2, 2, 1, 1, 1, 1) },
        { 1, 35, 8, 9, new(3, 2, 1, 2, 1, 0, 0, 1) },
        { 3, 64, 7, 7, new(7, 7) },
        { 1, 5, 9, 9, new(3, 3, 1, 1, 2, 2, 2, 2, 2, 2) },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Pools_equal_their_references(int n, int c, int h, int w, Window window)
    {
        Rng rng = new Rng(7).Split($"pool {n} {c} {h} {w} {window}");
        int[] x = [n, c, h, w], y = [n, c, window.OutputHeight(h), window.OutputWidth(w)];
        foreach (IntFormat from in new[] { IntFormat.Full(DType.Int8, -3), IntFormat.Full(DType.UInt8, 255) })
        {
            StepCheck.Equal(new IntMaxPool(window, from), rng, (from.Type, y), (from.Type, x));
            IntFormat to = IntFormat.Full(DType.Int8, 11);
            StepCheck.Equal(new IntAveragePool(window, [DyadicScale.Nearest(1.3 / window.Taps)], from, to), rng, (to.Type, y), (from.Type, x));
            DyadicScale[] scales = [.. Enumerable.Range(1, window.Taps).Select(count => DyadicScale.Nearest(0.9 / count))];
            StepCheck.Equal(new IntAveragePool(window, scales, from, to), rng, (to.Type, y), (from.Type, x));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(49)]
    public void Average_of_every_possible_sum_is_within_the_dyadic_error_of_the_rational(int taps)
    {
        // Equal scales: the mean of the codes. The dyadic 1/n is off by 2⁻³¹ of itself, so only sums within 255·2⁻³¹ of a tie could differ;
        // ties of sum/n lie 1/(2n) from every other sum, and exact ties need an even n: allow these alone.
        IntAveragePool step = new(new(taps, 1), [DyadicScale.Nearest(1.0 / taps)], IntFormat.Full(DType.UInt8), IntFormat.Full(DType.UInt8));
        int most = 255 * taps;
        byte[] x = new byte[(most + 1) * taps];
        for (int sum = 0; sum <= most; sum++)
            for (int t = 0; t < taps; t++) x[sum * taps + t] = (byte)(sum / taps + (t < sum % taps ? 1 : 0));
        byte[] y = StepCheck.Equal(step, (DType.UInt8, [most + 1, 1, 1, 1]), (DType.UInt8, [most + 1, 1, taps, 1], x));
        for (int sum = 0; sum <= most; sum++) Assert.Equal(Exact.Clamped(sum, taps, 0, 0, 255), y[sum]);
    }

    [Fact]
    public void Padding_counts_or_not_as_the_scales_say()
    {
        // A corner of a 3×3 window with padding 1 sees four taps of value 90: 40 with padding counted, 90 without.
        Window window = new(3, 3, 1, 1, 1, 1, 1, 1);
        IntFormat format = IntFormat.Full(DType.UInt8);
        byte[] x = [.. Enumerable.Repeat((byte)90, 16)];
        DyadicScale[] each = [.. Enumerable.Range(1, 9).Select(n => DyadicScale.Nearest(1.0 / n))];
        Assert.Equal(40, StepCheck.Equal(new IntAveragePool(window, [each[8]], format, format), (DType.UInt8, [1, 1, 4, 4]), (DType.UInt8, [1, 1, 4, 4], x))[0]);
        Assert.All(
            StepCheck.Equal(new IntAveragePool(window, each, format, format), (DType.UInt8, [1, 1, 4, 4]), (DType.UInt8, [1, 1, 4, 4], x)), v => Assert.Equal(90, v));
    }

    [Fact]
    public void Pooling_sizes_that_do_not_fit_are_refused()
    {
        IntFormat format = IntFormat.Full(DType.UInt8);
        Assert.Throws<ShapeException>(() => new IntAveragePool(new(3, 3), new DyadicScale[4], format, format));
        Assert.Throws<PrecisionException>(() => new IntMaxPool(new(2, 2), new(DType.Int8, 200, 0, 1)));
        Assert.Throws<PlanException>(() => new IntAveragePool(new(4000, 4000), [DyadicScale.Nearest(1e-7)], format, format));
    }
}
