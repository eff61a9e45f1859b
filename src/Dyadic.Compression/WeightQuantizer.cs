using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Compression.Insight;
using Dyadic.Compression.Layers;
using Dyadic.Kernels.Threading;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Weights and biases as integers; docs/equations/lowering.md, (12) and (13).</summary>
internal static class WeightQuantizer
{
    private const double MostBias = 1 << 30;

    /// <summary>Symmetric parameters for weights: s_c = max|w_c|/(2ᵇ⁻¹ − 1), or what <see cref="WeightMse"/> makes of it, widened where the bias would need more than 31 bits.</summary>
    /// <param name="weight">The weights.</param>
    /// <param name="axis">The axis of output channels.</param>
    /// <param name="bias">The bias of each channel, or null.</param>
    /// <param name="inputScale">S_x.</param>
    /// <param name="config">Bits, and whether each channel has a scale.</param>
    /// <param name="warn">Hears of widened scales.</param>
    public static QuantParams Parameters(Tensor weight, int axis, float[]? bias, float inputScale, QuantizeConfig config, Action<string> warn)
    {
        int channels = weight.Shape[axis], inner = ChannelMagnitudes.Inner(weight.Shape, axis);
        float[] values = weight.ToArray<float>(), most = ChannelMagnitudes.Of(values, weight.Shape, axis);
        if (!config.PerChannel) Array.Fill(most, most.Max());
        int levels = Levels(config.Bits);
        float[] scales = Array.ConvertAll(most, m => m / levels is > 1e-30f and var s ? s : 1);                  // (12)
        if (config.Methods?.Any(m => m is WeightMse) == true) Fit(values, inner, scales, levels, config.PerChannel);
        for (int c = 0; bias is not null && c < channels; c++)
        {
            double needed = Math.Abs(bias[c]) / (MostBias * inputScale);
            if (scales[c] >= needed) continue;
            warn(string.Create(CultureInfo.InvariantCulture, $"channel {c}: the scale {scales[c]:g3} is widened to {needed:g3}, so that the bias {bias[c]:g3} fits 31 bits"));
            scales[c] = (float)(needed * 1.0001);
        }
        if (!config.PerChannel) return new(8, true, scales.Max(), 0, narrow: true);
        return new(8, true, scales, new int[channels], axis, narrow: true);
    }

    /// <summary>Symmetric parameters for a table of embeddings, one scale of 8 bits for all of it.</summary>
    public static QuantParams Table(Tensor table) => QuantParams.Symmetric(table.ToArray<float>().Max(Math.Abs));

    /// <summary>The greatest code of weights, 2ᵇ⁻¹ − 1.</summary>
    public static int Levels(int bits) => (1 << (bits - 1)) - 1;

    /// <summary>The codes of the weights, as Int8 of the same shape, within those of <paramref name="bits"/>.</summary>
    public static Tensor Codes(Tensor weight, QuantParams parameters, int bits)
    {
        sbyte[] codes = new sbyte[weight.Length];
        parameters.Quantize<sbyte>(weight.ToArray<float>(), codes, parameters.Axis is { } axis ? ChannelMagnitudes.Inner(weight.Shape, axis) : 1);
        int levels = Levels(bits);
        for (int i = 0; i < codes.Length; i++) codes[i] = (sbyte)Math.Clamp((int)codes[i], -levels, levels);
        return Tensor.From(codes, weight.Shape);
    }

    /// <summary>⌊b/(S_x·S_w)⌉ in float64, saturated to int32; and the scales S_x·S_w.</summary>
    public static (int[] Codes, float[] Scales) Bias(float[] bias, float inputScale, QuantParams weights)
    {
        var codes = new int[bias.Length];
        var scales = new float[bias.Length];
        for (int c = 0; c < bias.Length; c++)
        {
            double scale = (double)inputScale * weights.Scales[weights.IsPerTensor ? 0 : c];
            codes[c] = int.CreateSaturating(Math.Round(bias[c] / scale, MidpointRounding.ToEven));                // (13)
            scales[c] = (float)scale;
        }
        return (codes, scales);
    }

    /// <summary>10·log₁₀(Σw²/Σ(w − Q(w))²) of weights with nearest codes of <paramref name="bits"/>, one scale an output channel.</summary>
    public static double SqnrDb(Tensor weight, int axis, int bits)
    {
        QuantParams p = Parameters(weight, axis, null, 1, new() { Bits = bits }, _ => { });
        return ValueStatistics.Of(weight, Codes(weight, p, bits).DequantizeLinear(p)).SqnrDb;
    }

    private static void Fit(float[] values, int inner, float[] scales, int levels, bool perChannel)
    {
        if (!perChannel)
        {
            Array.Fill(scales, scales[0] * WeightMse.Factor(values, scales[0], levels));
            return;
        }

        FitBody body = new(values, inner, scales, levels);
        WorkerPool.For(scales.Length, Door.Mode, ref body);
    }

    /// <summary>The scales of a range of channels, each from the channel's own weights in their order.</summary>
    private readonly struct FitBody(float[] values, int inner, float[] scales, int levels) : IParallelBody
    {
        public void Run(int start, int end)
        {
            float[] channel = new float[values.Length / scales.Length];
            for (int c = start; c < end; c++)
            {
                for (int i = 0; i < channel.Length; i++) channel[i] = values[(i / inner * scales.Length + c) * inner + i % inner];
                scales[c] *= WeightMse.Factor(channel, scales[c], levels);
            }
        }
    }
}
