using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public class LayoutStepTests
{
    [Fact]
    public void Every_element_moves_to_its_place_and_back()
    {
        foreach (int batch in new[] { 1, 3 })
            foreach (int channels in new[] { 1, 2, 3, 4, 5, 8, 63, 64, 65, 130 })
                foreach ((int h, int w) in new[] { (1, 1), (1, 7), (2, 2), (5, 3), (8, 8), (13, 5), (16, 9) })
                    foreach (int threads in new[] { 1, 3 })
                    {
                        ExecutionMode mode = new(ExecutionMode.BestWidth, threads);
                        int[] logical = [batch, channels, h, w], last = [batch, h, w, channels];
                        float[] x = [.. Enumerable.Range(0, batch * channels * h * w).Select(i => (float)i)];
                        float[] y = FloatStepCheck.Run(new LayoutStep(true), mode, last, (x, logical));
                        for (int i = 0, n = 0; n < batch; n++)
                            for (int p = 0; p < h * w; p++)
                                for (int c = 0; c < channels; c++, i++) Assert.Equal(x[(n * channels + c) * h * w + p], y[i]);
                        Assert.Equal(x, FloatStepCheck.Run(new LayoutStep(false), mode, logical, (y, last)));
                        Assert.Equal(y, FloatStepCheck.Run(new LayoutStep(true), mode, [batch, h * w, channels], (x, [batch, channels, h * w])));
                    }
    }
}
