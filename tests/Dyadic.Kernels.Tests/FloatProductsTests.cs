namespace Dyadic.Kernels.Tests;

public sealed unsafe class FloatProductsTests
{
    // Sizes of attention, a last panel that is narrow, columns that fill no block, too large ones, and few rows: on tiles or not, the bits are those of one product by itself.
    [Theory]
    [InlineData(32, 32, 16)]
    [InlineData(128, 128, 64)]
    [InlineData(37, 48, 30)]
    [InlineData(7, 16, 257)]
    [InlineData(20, 20, 70)]
    [InlineData(3, 64, 80)]
    [InlineData(5, 16, 3)]
    [InlineData(600, 64, 600)]
    public void A_series_of_products_has_the_bits_of_each_by_itself(int m, int n, int k)
    {
        foreach (ExecutionMode mode in ExecutionMode.Rungs)
            foreach (int threads in (int[])[1, 2])
                for (int transposed = 0; transposed < 4; transposed++)
                {
                    (bool ta, bool tb) = ((transposed & 1) != 0, (transposed & 2) != 0);
                    ExecutionMode with = mode with { Threads = threads };
                    using GuardedFloats a = new(2 * m * k, i => MathF.Sin(i)), b = new(2 * n * k, i => MathF.Cos(i)), one = new(2 * m * n, _ => 0), series = new(2 * m * n, _ => 7);
                    for (int i = 0; i < 2; i++) FloatGemm.Run(a.Pointer + i * m * k, ta ? m : k, ta, b.Pointer + i * n * k, tb ? k : n, tb, one.Pointer + i * m * n, n, m, n, k, 0, with);
                    using FloatProducts products = new(ta, tb, m, n, k, with);
                    for (int i = 0; i < 2; i++) products.Run(a.Pointer + i * m * k, b.Pointer + i * n * k, series.Pointer + i * m * n);
                    Assert.Equal(one.Span.ToArray(), series.Span.ToArray());
                    series.AssertGuards();
                }
    }

    [Fact]
    public void A_series_allocates_nothing()
    {
        float[] values = new float[64 * 64];
        fixed (float* v = values)
        {
            float* at = v;
            Use(at);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Use(at);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        static void Use(float* v)
        {
            using FloatProducts products = new(false, true, 16, 16, 64, new(SimdWidth.V256, 1));
            float* c = stackalloc float[256];
            for (int i = 0; i < 3; i++) products.Run(v, v + 2048, c);
        }
    }
}
