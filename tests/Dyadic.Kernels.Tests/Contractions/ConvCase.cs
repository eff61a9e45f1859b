using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Contractions;

/// <summary>Random convolutions of every shape that kernels treat apart: pointwise, strided, dilated, grouped, depthwise, few input channels, few outputs.</summary>
internal static unsafe class ConvCase
{
    public static WindowSizes Next(Rng random)
    {
        int groups = 1, channels, outs;
        switch (random.NextInt(4))
        {
            case 0: (groups, channels, outs) = Same(1 + random.NextInt(40)); break;
            case 1: (groups, channels, outs) = Grouped(2 + random.NextInt(3), 1 + random.NextInt(6), 1 + random.NextInt(20)); break;
            case 2: (channels, outs) = (3, 1 + random.NextInt(70)); break;
            default: (channels, outs) = (1 + random.NextInt(40), 1 + random.NextInt(70)); break;
        }
        while (true)
        {
            bool point = random.NextInt(3) == 0;
            Window t = new(Small(point), Small(point), 1 + random.NextInt(2), 1 + random.NextInt(2), Pad(), Pad(), Pad(), Pad(), point ? 1 : 1 + random.NextInt(2), point ? 1 : 1 + random.NextInt(2));
            int h = 1 + random.NextInt(9), w = 1 + random.NextInt(14);
            if (t.OutputHeight(h) < 1 || t.OutputWidth(w) < 1 || (t.KernelH - 1) * t.DilationH + 1 > h + t.Top + t.Bottom || (t.KernelW - 1) * t.DilationW + 1 > w + t.Left + t.Right) continue;
            return new(1 + random.NextInt(2), channels, h, w, outs, t.OutputHeight(h), t.OutputWidth(w), groups, t);
        }

        static (int, int, int) Same(int c) => (c, c, c);
        static (int, int, int) Grouped(int g, int c, int m) => (g, g * c, g * m);
        int Small(bool point) => point ? 1 : 1 + random.NextInt(5);
        int Pad() => random.NextInt(2) == 0 ? 0 : random.NextInt(3);
    }

    /// <summary>The definition in float32: a chain of fused multiply-adds by kernel row, kernel column, channel, padding as zeros.</summary>
    public static float[] Float(in WindowSizes s, float[] x, float[] w, float[] bias, float[]? residual, float lo, float hi)
    {
        int channels = s.Channels / s.Groups, outs = s.OutChannels / s.Groups;
        Window t = s.Window;
        float[] y = new float[s.Batch * s.OutHeight * s.OutWidth * s.OutChannels];
        for (int at = 0; at < y.Length; at++)
        {
            int m = at % s.OutChannels, q = at / s.OutChannels % s.OutWidth, p = at / s.OutChannels / s.OutWidth % s.OutHeight, n = at / s.OutChannels / s.OutWidth / s.OutHeight;
            float sum = bias[m];
            for (int i = 0; i < t.KernelH; i++)
                for (int j = 0; j < t.KernelW; j++)
                {
                    int h = p * t.StrideH + i * t.DilationH - t.Top, v = q * t.StrideW + j * t.DilationW - t.Left;
                    bool inside = (uint)h < (uint)s.Height && (uint)v < (uint)s.Width;
                    for (int c = 0; c < channels; c++)
                    {
                        float value = inside ? x[((n * s.Height + h) * s.Width + v) * s.Channels + m / outs * channels + c] : 0;
                        sum = MathF.FusedMultiplyAdd(value, w[((m * channels + c) * t.KernelH + i) * t.KernelW + j], sum);
                    }
                }
            if (residual is not null) sum += residual[at];
            y[at] = Math.Min(Math.Max(sum, lo), hi);
        }
        return y;
    }
}
