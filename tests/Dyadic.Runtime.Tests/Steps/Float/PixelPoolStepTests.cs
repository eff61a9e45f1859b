using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public class PixelPoolStepTests
{
    private const float Bound = 1e-6f;      // of a mean of at most 9 values of [−1, 1]

    private static readonly Window[] Windows =
    [
        new(2, 2, 2, 2), new(3, 3, 2, 2, 1, 1, 1, 1), new(3, 2, 1, 2, 2, 0, 1, 1), new(2, 3, 1, 1, 0, 1, 0, 2), new(2, 2, 1, 1, 0, 0, 0, 0, 2, 2), new(5, 6),
    ];

    [Fact]
    public void It_is_the_pool_of_planes_in_the_other_order()
    {
        Rng rng = new(2);
        foreach (PoolFunction function in new[] { PoolFunction.Max, PoolFunction.Average })
            foreach (int channels in new[] { 1, 3, 8, 17 })
                foreach (bool countPad in new[] { false, true })
                    foreach (Window window in Windows)
                        for (int extra = 0; extra < 2; extra++)         // a last window that goes beyond the padding, as ceil_mode allows
                            Check(rng, new(function, window, countPad), window, channels, extra);
    }

    [Fact]
    public void A_NaN_in_the_window_wins_in_vectors_and_in_what_they_leave()
    {
        const int C = 19, H = 5, W = 6;
        Rng rng = new(3);
        float[] some = [float.NaN, float.NegativeInfinity, -1, 0, 1, 2, 3, float.PositiveInfinity], x = [.. Enumerable.Range(0, C * H * W).Select(_ => some[rng.NextInt(some.Length)])];
        ExecutionMode mode = new(ExecutionMode.BestWidth, 1);
        Window window = new(2, 2);
        PoolStep step = new(PoolFunction.Max, window);
        float[] planes = FloatStepCheck.Run(step, mode, [1, C, H - 1, W - 1], (x, [1, C, H, W]));
        float[] turned = FloatStepCheck.Run(new LayoutStep(true), mode, [1, H, W, C], (x, [1, C, H, W]));
        float[] pixels = FloatStepCheck.Run(step.InChannelsLast(4)!, mode, [1, H - 1, W - 1, C], (turned, [1, H, W, C]));
        Assert.Equal(planes, FloatStepCheck.Run(new LayoutStep(false), mode, [1, C, H - 1, W - 1], (pixels, [1, H - 1, W - 1, C])));
        Assert.Contains(planes, float.IsNaN);
        Assert.Contains(planes, float.IsFinite);
    }

    private static void Check(Rng rng, PoolStep step, Window window, int channels, int extra)
    {
        const int H = 5, W = 6;
        int p = window.OutputHeight(H), q = window.OutputWidth(W);
        if (extra > 0 && (window.StrideH == 1 || window.StrideW == 1)) return;
        (p, q) = (p + (extra > 0 && p * window.StrideH < H + window.Top ? 1 : 0), q + (extra > 0 && q * window.StrideW < W + window.Left ? 1 : 0));
        float[] x = FloatStepCheck.Random(rng, [2, channels, H, W]);
        ExecutionMode mode = new(ExecutionMode.BestWidth, 1);
        float[] planes = FloatStepCheck.Run(step, mode, [2, channels, p, q], (x, [2, channels, H, W]));
        float[] turned = FloatStepCheck.Run(new LayoutStep(true), mode, [2, H, W, channels], (x, [2, channels, H, W]));
        Step pixelwise = step.InChannelsLast(4)!;
        float[] pixels = FloatStepCheck.Run(pixelwise, mode, [2, p, q, channels], (turned, [2, H, W, channels]));
        Assert.Equal(pixels, FloatStepCheck.Run(pixelwise, mode with { Threads = 3 }, [2, p, q, channels], (turned, [2, H, W, channels])));
        float[] back = FloatStepCheck.Run(new LayoutStep(false), mode, [2, channels, p, q], (pixels, [2, p, q, channels]));
        for (int i = 0; i < planes.Length; i++) Assert.True(Math.Abs(planes[i] - back[i]) <= Bound, $"{step} {window} element {i}: {back[i]}, by planes {planes[i]}");
    }
}
