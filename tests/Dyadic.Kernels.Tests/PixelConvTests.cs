using Dyadic.Kernels.Reference;

namespace Dyadic.Kernels.Tests;

/// <summary>Channels-last convolutions with changing weights and their gradients: the definition, and the same bits on every rung and number of threads.</summary>
public sealed unsafe class PixelConvTests
{
    public static readonly ConvGeometry[] Geometries =
    [
        .. FloatConvTests.Geometries.Where(g => g.Groups == 1),
        new(17, 16, 9, 8, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),       // more images than parts of the batch
        new(3, 64, 6, 6, 64, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),        // two panels of columns
        new(2, 16, 12, 12, 48, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1),      // four phases; a panel and a half
        new(2, 16, 11, 12, 32, 1, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1),      // phases without taps
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Geometries.Length)];

    [Theory, MemberData(nameof(Cases))]
    public void Integer_valued_passes_equal_the_definition(int index)
    {
        ConvGeometry g = Geometries[index];
        float[] x = Values(g.InputLength, 1), w = Values(g.WeightLength, 2), bias = Values(g.OutChannels, 3);
        float[] y = new float[g.OutputLength], dx = new float[g.InputLength], dw = new float[g.WeightLength];
        ReferenceConv.Forward<float>(x, w, bias, y, in g);
        ReferenceConv.InputGradient<float>(y, w, dx, in g);
        ReferenceConv.WeightGradient<float>(x, y, dw, in g);
        float[] xs = ToPixels(x, g.Batch, g.Channels), ys = ToPixels(y, g.Batch, g.OutChannels), dxs = ToPixels(dx, g.Batch, g.Channels);
        foreach (ExecutionMode mode in Modes())
        {
            (float[] Y, float[]? Dx, float[] Dw) passes = Passes(in g, xs, w, bias, ys, mode);
            Assert.Equal(ys, passes.Y);
            if (passes.Dx is not null) Assert.Equal(dxs, passes.Dx);
            Assert.Equal(dw, passes.Dw);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Real_valued_passes_have_the_same_bits_on_every_rung_and_number_of_threads(int index)
    {
        ConvGeometry g = Geometries[index];
        float[] x = Reals(g.InputLength, 1), w = Reals(g.WeightLength, 2), dy = Reals(g.OutputLength, 3);
        (float[] Y, float[]? Dx, float[] Dw) one = Passes(in g, x, w, null, dy, new(ExecutionMode.BestWidth, 1));
        foreach (ExecutionMode mode in Modes())
        {
            (float[] Y, float[]? Dx, float[] Dw) other = Passes(in g, x, w, null, dy, mode);
            Assert.Equal(one.Y, other.Y);
            Assert.Equal(one.Dx, other.Dx);
            Assert.Equal(one.Dw, other.Dw);
        }
    }

    [Fact]
    public void Input_gradients_are_left_to_others_where_a_window_has_stride_and_dilation_or_too_much_padding()
    {
        Assert.False(PixelConv.TakesInputGradient(Sizes(new(2, 3, 12, 15, 4, 1, 3, 3, 1, 2, 2, 3, 2, 0, 2, 3))));
        Assert.False(PixelConv.TakesInputGradient(Sizes(new(1, 1, 2, 2, 3, 1, 2, 2, 1, 1, 4, 4, 5, 5, 1, 1))));
        Assert.False(PixelConv.TakesInputGradient(Sizes(new(2, 4, 8, 8, 4, 2, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1))));
        Assert.True(PixelConv.TakesInputGradient(Sizes(new(2, 4, 8, 8, 4, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1))));
    }

    private static IEnumerable<ExecutionMode> Modes() => from rung in ExecutionMode.Rungs from threads in new[] { 1, 3 } select rung with { Threads = threads };

    private static (float[] Y, float[]? Dx, float[] Dw) Passes(in ConvGeometry g, float[] x, float[] w, float[]? bias, float[] dy, ExecutionMode mode)
    {
        WindowSizes s = Sizes(g);
        using GuardedFloats y = new(g.OutputLength, _ => float.NaN), dx = new(g.InputLength, _ => float.NaN), dw = new(g.WeightLength, _ => float.NaN);
        bool takes = PixelConv.TakesInputGradient(in s);
        fixed (float* px = x, pw = w, pb = bias, pdy = dy)
        {
            PixelConv.Forward(in s, px, pw, pb, y.Pointer, in mode);
            if (takes) PixelConv.InputGradient(in s, pdy, pw, dx.Pointer, in mode);
            PixelConv.WeightGradient(in s, px, pdy, dw.Pointer, in mode);
        }
        foreach (GuardedFloats output in new[] { y, dx, dw }) output.AssertGuards();
        return (y.Span.ToArray(), takes ? dx.Span.ToArray() : null, dw.Span.ToArray());
    }

    private static WindowSizes Sizes(ConvGeometry g) => new(g.Batch, g.Channels, g.Height, g.Width, g.OutChannels, g.OutHeight, g.OutWidth, g.Groups,
        new(g.KernelH, g.KernelW, g.StrideH, g.StrideW, g.PadTop, g.PadLeft, g.PadBottom, g.PadRight, g.DilationH, g.DilationW));

    // [N, C, pixels] to [N, pixels, C].
    private static float[] ToPixels(float[] planes, int batch, int channels)
    {
        int pixels = planes.Length / (batch * channels);
        float[] y = new float[planes.Length];
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < channels; c++)
                for (int p = 0; p < pixels; p++) y[((n * pixels) + p) * channels + c] = planes[((n * channels) + c) * pixels + p];
        return y;
    }

    private static float[] Values(int length, int salt) => [.. Enumerable.Range(0, length).Select(GuardedFloats.Integers(salt))];

    private static float[] Reals(int length, int salt) => [.. Enumerable.Range(0, length).Select(i => MathF.Sin(i + salt))];
}
