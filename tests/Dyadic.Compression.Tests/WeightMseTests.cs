using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Compression.Tests;

public class WeightMseTests
{
    // (1 − s)² + 10·(0.3 − s)² is least at s = 8/22 = 0.364.
    [Fact]
    public void One_large_weight_is_clamped_where_many_small_ones_gain_more()
    {
        float[] w = [1, .. Enumerable.Repeat(0.3f, 10)];
        Assert.Equal(0.36f, WeightMse.Factor(w, 1, 1), 1e-6f);
        Assert.Equal(1, WeightMse.Factor([1, 1, -1], 1, 1));
        Assert.Equal(1, WeightMse.Factor([0, 0], 1, 7));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(4, false)]
    public void No_layer_has_more_error_in_its_weights_and_codes_keep_their_bits(int bits, bool perChannel)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("image");
        QuantizeConfig config = new() { Bits = bits, PerChannel = perChannel };
        QuantizeResult plain = graph.Quantize(config, [data]), fitted = graph.Quantize(config with { Methods = [new WeightMse()] }, [data]);
        foreach ((LayerReport before, LayerReport after) in plain.Layers.Zip(fitted.Layers).Where(p => p.First.Weight is not null))
            Assert.True(after.Weight!.MeanSquaredError <= before.Weight!.MeanSquaredError * (1 + 1e-6), before.Node);
        Assert.True(fitted.Layers.Sum(l => l.Weight?.MeanSquaredError) < 0.95 * plain.Layers.Sum(l => l.Weight?.MeanSquaredError));
        int levels = (1 << (bits - 1)) - 1;
        foreach (string methods in (string[])["weight-mse", "weight-mse+gptq", "weight-mse+adaround"])
        {
            Graph made = graph.Quantize(config.WithMethods(methods), [data]).Graph;
            Assert.All(made.Constants.Where(c => c.Constant!.Type is DType.Int4 or DType.Int8).SelectMany(c => c.Constant!.Cast(DType.Int8).ToArray<sbyte>()), q => Assert.InRange(q, -levels, levels));
        }
    }
}
