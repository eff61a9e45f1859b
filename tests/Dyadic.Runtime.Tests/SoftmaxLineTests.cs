using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests;

public class SoftmaxLineTests
{
    [Fact]
    public void Lines_of_all_lengths_agree_with_float64()
    {
        Rng rng = new(1);
        for (int length = 1; length <= 70; length++)
            foreach (double spread in (double[])[0.1, 5, 60])
            {
                float[] x = [.. Enumerable.Range(0, length).Select(_ => (float)(spread * rng.NextGaussian()))], y = new float[length], log = new float[length];
                double max = x.Max(), sum = x.Sum(v => Math.Exp(v - max));
                SoftmaxLine.Run(x, y, log: false);
                SoftmaxLine.Run(x, log, log: true);
                for (int i = 0; i < length; i++)
                {
                    double expected = Math.Exp(x[i] - max) / sum, logarithm = x[i] - max - Math.Log(sum);
                    double bound = expected * (1e-6 + (max - x[i]) * Math.ScaleB(1, -24)) + 1e-38;      // x − max is rounded
                    Assert.InRange(y[i], expected - bound, expected + bound);
                    Assert.InRange(log[i], logarithm - 1e-6 * Math.Max(1, Math.Abs(logarithm)), logarithm + 1e-6 * Math.Max(1, Math.Abs(logarithm)));
                }
                float[] own = [.. x];
                SoftmaxLine.Run(own, own, log: false);
                Assert.Equal(y, own);
            }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(37)]
    public void A_hidden_value_weighs_nothing_and_a_NaN_or_an_infinity_spoils_its_line(int length)
    {
        for (int at = 0; at < length; at++)
        {
            float[] x = [.. Enumerable.Range(0, length).Select(i => i == at ? float.NegativeInfinity : 0)], y = new float[length];
            SoftmaxLine.Run(x, y, log: false);
            Assert.Equal([.. Enumerable.Range(0, length).Select(i => i == at ? 0 : 1f / (length - 1))], y);
            foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
            {
                x[at] = bad;
                SoftmaxLine.Run(x, y, log: false);
                Assert.True(float.IsNaN(y[at]));
                if (float.IsNaN(bad)) Assert.All(y, v => Assert.True(float.IsNaN(v)));
            }
        }
    }
}
