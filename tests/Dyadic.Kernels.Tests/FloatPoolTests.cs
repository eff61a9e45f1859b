using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests;

public sealed class FloatPoolTests
{
    private static readonly float[] Ramp = [.. Enumerable.Range(0, 16).Select(i => (float)i)];   // [4, 4]

    private static PoolGeometry Square(int size, int kernel, int stride, int pad, bool ceil)
    {
        int windows = PoolGeometry.Windows(size, kernel, stride, pad, pad, 1, ceil);
        return new(1, 1, size, size, windows, windows, kernel, kernel, stride, stride, pad, pad, pad, pad);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Max_takes_the_largest_and_its_place(int threads)
    {
        PoolGeometry g = Square(4, 2, 2, 0, ceil: false);
        float[] y = new float[4], dx = new float[16];
        int[] argmax = new int[4];
        FloatPool.Max(Ramp, y, argmax, in g, new(SimdWidth.V256, threads));
        Assert.Equal([5, 7, 13, 15], y);
        Assert.Equal([5, 7, 13, 15], argmax);
        FloatPool.MaxGradient([1, 2, 3, 4], argmax, dx, in g, new(SimdWidth.V256, threads));
        Assert.Equal([0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4], dx);
    }

    [Fact]
    public void Max_keeps_the_first_of_equals_and_any_NaN()
    {
        PoolGeometry g = Square(2, 2, 1, 0, ceil: false);
        float[] y = new float[1];
        int[] argmax = new int[1];
        FloatPool.Max([3, 3, 3, 3], y, argmax, in g, ExecutionMode.Default);
        Assert.Equal(0, argmax[0]);
        FloatPool.Max([3, 9, float.NaN, 9], y, argmax, in g, ExecutionMode.Default);
        Assert.True(float.IsNaN(y[0]));
        Assert.Equal(2, argmax[0]);
    }

    [Fact]
    public void Average_counts_padding_only_when_asked()
    {
        // 3×3 windows on a 2×2 image of ones with one row of padding: 4 values of 9.
        PoolGeometry g = Square(2, 3, 1, 1, ceil: false);
        float[] y = new float[4], ones = [1, 1, 1, 1];
        FloatPool.Average(ones, y, countPad: true, in g, ExecutionMode.Default);
        Assert.All(y, v => Assert.Equal(4f / 9, v));
        FloatPool.Average(ones, y, countPad: false, in g, ExecutionMode.Default);
        Assert.Equal(ones, y);
    }

    [Fact]
    public void Rounding_up_adds_a_partial_window_that_never_counts_what_lies_beyond_the_padding()
    {
        PoolGeometry g = Square(4, 3, 2, 0, ceil: true);
        Assert.Equal(2, g.OutHeight);
        float[] y = new float[4];
        FloatPool.Average(Ramp, y, countPad: true, in g, ExecutionMode.Default);
        // The last window covers 2×2 values: (10 + 11 + 14 + 15) / 4.
        Assert.Equal([5, 6.5f, 11, 12.5f], y);
        Assert.Equal(2, PoolGeometry.Windows(4, 2, 3, 1, 0, 1, ceil: true));
        Assert.Equal(2, PoolGeometry.Windows(3, 1, 2, 0, 0, 1, ceil: true));   // a third would start beyond the end
    }

    // ⟨dy, pool(x)⟩ = ⟨dx, x⟩: the backward pass is the adjoint.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Average_gradient_is_the_adjoint(bool countPad)
    {
        PoolGeometry g = new(2, 3, 9, 7, 5, 3, 3, 4, 2, 2, 1, 2, 1, 0, 1, 1);
        double[] x = [.. Enumerable.Range(0, g.InputLength).Select(i => Math.Sin(i))], dy = [.. Enumerable.Range(0, g.OutputLength).Select(i => Math.Cos(i))];
        double[] y = new double[dy.Length], dx = new double[x.Length];
        ReferencePool.Average<double>(x, y, countPad, in g);
        ReferencePool.AverageGradient<double>(dy, dx, countPad, in g);
        Assert.Equal(dy.Zip(y, (a, b) => a * b).Sum(), dx.Zip(x, (a, b) => a * b).Sum(), 12);
    }

    [Fact]
    public void Planes_in_parallel_equal_the_definition()
    {
        PoolGeometry g = new(3, 50, 15, 14, 8, 7, 3, 3, 2, 2, 1, 1, 1, 1);
        float[] x = [.. Enumerable.Range(0, g.InputLength).Select(i => MathF.Sin(i))];
        float[] y = new float[g.OutputLength], expected = new float[g.OutputLength], dx = new float[x.Length], expectedDx = new float[x.Length];
        int[] argmax = new int[y.Length], expectedArgmax = new int[y.Length];
        ReferencePool.Max<float>(x, expected, expectedArgmax, in g);
        ReferencePool.MaxGradient<float>(expected, expectedArgmax, expectedDx, in g);
        FloatPool.Max(x, y, argmax, in g, new(SimdWidth.V256, 4));
        FloatPool.MaxGradient(y, argmax, dx, in g, new(SimdWidth.V256, 4));
        Assert.Equal(expected, y);
        Assert.Equal(expectedArgmax, argmax);
        Assert.Equal(expectedDx, dx);
        ReferencePool.Average<float>(x, expected, true, in g);
        ReferencePool.AverageGradient<float>(expected, expectedDx, true, in g);
        FloatPool.Average(x, y, true, in g, new(SimdWidth.V256, 4));
        FloatPool.AverageGradient(y, dx, true, in g, new(SimdWidth.V256, 4));
        Assert.Equal(expected, y);
        Assert.Equal(expectedDx, dx);
    }

    [Fact]
    public void Windows_wholly_in_the_padding_are_refused() =>
        Assert.Throws<ShapeException>(() => new PoolGeometry(1, 1, 4, 4, 4, 4, 2, 2, 1, 1, 2, 2, 0, 0).Validate());
}
