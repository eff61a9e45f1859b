using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests;

public sealed unsafe class FloatConvTests
{
    // N, C, H, W, M, g, kH, kW, sH, sW, pads top left bottom right, dH, dW
    public static readonly ConvGeometry[] Geometries =
    [
        new(3, 5, 9, 7, 6, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),
        new(2, 3, 28, 28, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),
        new(5, 16, 14, 14, 32, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1),
        new(2, 8, 14, 14, 12, 1, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1),
        new(2, 8, 5, 5, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1),
        new(1, 40, 7, 7, 9, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),       // K = 360: two blocks
        new(2, 6, 11, 13, 12, 3, 3, 2, 2, 3, 1, 0, 2, 1, 1, 1),     // groups, uneven everything
        new(2, 9, 10, 10, 9, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),      // depthwise
        new(2, 4, 13, 11, 8, 4, 5, 3, 2, 2, 2, 1, 2, 1, 1, 1),      // depthwise with multiplier 2, stride 2
        new(9, 6, 4, 3, 80, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),       // many channels on few pixels: packed columns
        new(5, 30, 4, 4, 100, 1, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1),     // the same in two blocks of K and with a stride
        new(2, 3, 12, 15, 4, 1, 3, 3, 1, 2, 2, 3, 2, 0, 2, 3),      // dilation
        new(3, 4, 1, 50, 6, 1, 1, 9, 1, 4, 0, 4, 0, 4, 1, 1),       // one-dimensional
        new(1, 2, 1, 400, 3, 1, 1, 101, 1, 1, 0, 50, 0, 50, 1, 1),  // a long kernel
        new(1, 1, 2, 2, 3, 1, 2, 2, 3, 3, 4, 4, 5, 5, 1, 1),        // windows wholly in the padding
        new(1, 2, 5, 6, 3, 1, 5, 6, 1, 1, 0, 0, 0, 0, 1, 1),        // the kernel is the image
        new(2, 3, 9, 9, 4, 1, 2, 2, 4, 4, 0, 0, 0, 0, 1, 1),        // strides leave holes
        new(1, 3, 40, 60, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1),      // one image in several chunks and slices
    ];

    public static TheoryData<int, SimdWidth> Cases
    {
        get
        {
            TheoryData<int, SimdWidth> cases = [];
            for (int i = 0; i < Geometries.Length; i++)
                foreach (SimdWidth width in new[] { SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512 }) cases.Add(i, width);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Integer_valued_passes_equal_the_definition(int index, SimdWidth width)
    {
        ConvGeometry g = Geometries[index];
        using GuardedFloats x = new(g.InputLength, GuardedFloats.Integers(1)), w = new(g.WeightLength, GuardedFloats.Integers(2));
        using GuardedFloats bias = new(g.OutChannels, GuardedFloats.Integers(3)), y = new(g.OutputLength, _ => float.NaN);
        using GuardedFloats dx = new(g.InputLength, _ => float.NaN), dw = new(g.WeightLength, _ => float.NaN);
        float[] expectedY = new float[y.Length], expectedDx = new float[dx.Length], expectedDw = new float[dw.Length];
        ReferenceConv.Forward(x.Span, w.Span, bias.Span, expectedY.AsSpan(), in g);
        ReferenceConv.InputGradient<float>(expectedY, w.Span, expectedDx, in g);
        ReferenceConv.WeightGradient<float>(x.Span, expectedY, expectedDw, in g);
        foreach (int threads in new[] { 1, 2, 4 })
        {
            ExecutionMode mode = new(width, threads);
            FloatConv.Forward(x.Span, w.Span, bias.Span, y.Span, in g, mode);
            Assert.Equal(expectedY, y.Span.ToArray());
            FloatConv.InputGradient(y.Span, w.Span, dx.Span, in g, mode);
            Assert.Equal(expectedDx, dx.Span.ToArray());
            FloatConv.WeightGradient(x.Span, y.Span, dw.Span, in g, mode);
            Assert.Equal(expectedDw, dw.Span.ToArray());
            y.AssertGuards();
            dx.AssertGuards();
            dw.AssertGuards();
        }
        FloatConv.Forward(x.Span, w.Span, default, y.Span, in g, new(width, 1));
        ReferenceConv.Forward(x.Span, w.Span, default, expectedY.AsSpan(), in g);
        Assert.Equal(expectedY, y.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Real_valued_passes_do_not_depend_on_threads(int index, SimdWidth width)
    {
        ConvGeometry g = Geometries[index];
        float[] x = Reals(g.InputLength, 1), w = Reals(g.WeightLength, 2), dy = Reals(g.OutputLength, 3);
        (float[] Y, float[] Dx, float[] Dw) one = Passes(1);
        foreach (int threads in new[] { 2, 4 })
        {
            (float[] Y, float[] Dx, float[] Dw) more = Passes(threads);
            Assert.Equal(one.Y, more.Y);
            Assert.Equal(one.Dx, more.Dx);
            Assert.Equal(one.Dw, more.Dw);
        }
        (float[], float[], float[]) Passes(int threads)
        {
            float[] y = new float[dy.Length], dx = new float[x.Length], dw = new float[w.Length];
            FloatConv.Forward(x, w, default, y, in g, new(width, threads));
            FloatConv.InputGradient(dy, w, dx, in g, new(width, threads));
            FloatConv.WeightGradient(x, dy, dw, in g, new(width, threads));
            return (y, dx, dw);
        }
        static float[] Reals(int n, int salt) => [.. Enumerable.Range(0, n).Select(i => MathF.Sin(i * 1.7f + salt))];
    }

    // ⟨dy, x ∗ w⟩ = ⟨dx, x⟩ = ⟨dw, w⟩: the definitions of the three passes agree with each other, in float64.
    [Fact]
    public void The_gradients_are_adjoints_of_the_forward_pass()
    {
        foreach (ConvGeometry g in Geometries)
        {
            double[] x = Values(g.InputLength, 1), w = Values(g.WeightLength, 2), dy = Values(g.OutputLength, 3);
            double[] y = new double[dy.Length], dx = new double[x.Length], dw = new double[w.Length];
            ReferenceConv.Forward<double>(x, w, default, y, in g);
            ReferenceConv.InputGradient<double>(dy, w, dx, in g);
            ReferenceConv.WeightGradient<double>(x, dy, dw, in g);
            double expected = Dot(dy, y);
            Assert.Equal(expected, Dot(dx, x));
            Assert.Equal(expected, Dot(dw, w));
        }
        static double[] Values(int n, int salt) => [.. Enumerable.Range(0, n).Select(i => (double)GuardedFloats.Integers(salt)(i))];
        static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        ConvGeometry g = Geometries[0];
        ShapeException e = Assert.Throws<ShapeException>(() =>
            FloatConv.Forward(new float[1], new float[g.WeightLength], default, new float[g.OutputLength], in g, ExecutionMode.Default));
        Assert.Contains("the input has 1 values", e.Message, StringComparison.Ordinal);
        Assert.Contains("4 groups", Assert.Throws<ShapeException>(() => (g with { Groups = 4 }).Validate()).Message, StringComparison.Ordinal);
    }
}
