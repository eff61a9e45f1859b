using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests;

public sealed unsafe class FloatGemmTests
{
    private static readonly int[] Sizes = [1, 2, 5, 6, 7, 16, 17, 31, 50];

    public static TheoryData<SimdWidth> Widths => [SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Integer_valued_products_equal_the_definition(SimdWidth width)
    {
        foreach (int m in Sizes)
            foreach (int n in Sizes)
                foreach (int k in new[] { 0, 1, 3, 4, 19 }) Check(m, n, k, (m * 31 + n * 7 + k) % 8, new(width, 1 + (m + n) % 3));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Blocks_of_K_M_and_N_meet_without_gap(SimdWidth width)
    {
        for (int variant = 0; variant < 8; variant += 3)
        {
            Check(m: 197, n: 51, k: 517, variant, new(width, 2));
            Check(m: 3, n: 3100, k: 258, variant, new(width, 4));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Skinny_products_equal_the_definition(SimdWidth width)
    {
        for (int few = 1; few <= 5; few++)
            for (int variant = 0; variant < 8; variant++)
                foreach (int k in new[] { 63, 64, 101 })
                {
                    Check(few, 40 + few, k, variant, new(width, 1 + few % 3));
                    Check(40 + few, few, k, variant, new(width, 1 + few % 3));
                }
    }

    // variant: bit 0 transposes A, bit 1 transposes B, bit 2 accumulates.
    private static void Check(int m, int n, int k, int variant, ExecutionMode mode, bool dense = false)
    {
        bool ta = (variant & 1) != 0, tb = (variant & 2) != 0, add = (variant & 4) != 0;
        int gap = dense ? 0 : 1, lda = (ta ? m : k) + (3 * gap), ldb = (tb ? k : n) + gap, ldc = n + (2 * gap);
        using GuardedFloats a = new((ta ? k : m) * lda, GuardedFloats.Integers(1)), b = new((tb ? n : k) * ldb, GuardedFloats.Integers(2));
        using GuardedFloats c = new(m * ldc, i => i % 5), expected = new(m * ldc, i => i % 5);
        ReferenceGemm.Run(a.Pointer, lda, ta, b.Pointer, ldb, tb, expected.Pointer, ldc, m, n, k, add);
        FloatGemm.Run(a.Pointer, lda, ta, b.Pointer, ldb, tb, c.Pointer, ldc, m, n, k, add ? 1 : 0, mode);
        Assert.True(expected.Span.SequenceEqual(c.Span), $"M={m} N={n} K={k} variant={variant} {mode}");
        c.AssertGuards();
    }

    [Fact]
    public void Generated_products_equal_the_definition()
    {
        foreach (ExecutionMode rung in ExecutionMode.Rungs.Where(r => r.Code != InstructionSet.None))
            foreach ((int m, int n, int k) in new[] { (16, 67, 40), (67, 16, 300), (20, 130, 97), (130, 48, 517), (40, 200, 96) })
                for (int variant = 0; variant < 8; variant++)
                    foreach (bool dense in new[] { false, true }) Check(m, n, k, variant, rung with { Threads = 1 + (variant % 3) }, dense);
    }

    [Fact]
    public void Weights_that_several_threads_pack_are_those_of_one()
    {
        foreach (ExecutionMode rung in ExecutionMode.Rungs.Where(r => r.Code != InstructionSet.None))
            foreach (int variant in new[] { 0, 2 }) Check(65, 500, 301, variant, rung with { Threads = 3 }, dense: true);
    }

    [Fact]
    public void Real_values_stay_within_the_rounding_bound_and_do_not_depend_on_threads()
    {
        const int M = 67, N = 301, K = 600;
        float[] a = [.. Enumerable.Range(0, M * K).Select(i => MathF.Sin(i))], b = [.. Enumerable.Range(0, K * N).Select(i => MathF.Cos(i))];
        double[] wideA = [.. a.Select(v => (double)v)], wideB = [.. b.Select(v => (double)v)], exact = new double[M * N];
        fixed (double* pa = wideA, pb = wideB, pc = exact) ReferenceGemm.Run(pa, K, false, pb, N, false, pc, N, M, N, K, false);
        foreach (SimdWidth width in new[] { SimdWidth.V128, SimdWidth.V256, SimdWidth.V512 })
        {
            float[] one = Product(a, b, new(width, 1));
            // |error| ≤ K·u·Σ|a||b| ≤ K·2⁻²⁴·K, Higham 2002, eq. (3.13)
            for (int i = 0; i < exact.Length; i++) Assert.InRange(Math.Abs(one[i] - exact[i]), 0, Math.ScaleB((double)K * K, -24));
            Assert.Equal(one, Product(a, b, new(width, 2)));
            Assert.Equal(one, Product(a, b, new(width, 4)));
        }
        static float[] Product(float[] a, float[] b, ExecutionMode mode)
        {
            float[] c = new float[M * N];
            FloatGemm.Run(a, K, false, b, N, false, c, N, M, N, K, 0, mode);
            return c;
        }
    }

    [Fact]
    public void Beta_zero_ignores_what_was_in_C()
    {
        foreach (int k in new[] { 0, 1, 300 })
        {
            float[] c = [.. Enumerable.Repeat(float.NaN, 7 * 20)];
            FloatGemm.Run(new float[7 * k], Math.Max(k, 1), false, new float[k * 20], 20, false, c, 20, 7, 20, k, 0, ExecutionMode.Default);
            Assert.All(c, v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void Too_short_spans_are_named()
    {
        float[] six = new float[6], five = new float[5];
        ShapeException e = Assert.Throws<ShapeException>(() => FloatGemm.Run(six, 3, false, five, 2, false, new float[4], 2, 2, 2, 3, 0, ExecutionMode.Default));
        Assert.Contains("b holds 5 values, [3, 2]", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FloatGemm.Run(six, 3, false, six, 2, false, new float[4], 2, 2, 2, 3, 0.5f, ExecutionMode.Default));
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        float[] a = new float[64 * 64], b = new float[64 * 64], c = new float[64 * 64];
        void Use() => FloatGemm.Run(a, 64, false, b, 64, true, c, 64, 64, 64, 64, 0, new(SimdWidth.V256, 2));
        for (int i = 0; i < 10; i++) Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
