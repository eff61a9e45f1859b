using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests;

/// <summary>Products of bfloat16: the definition, the vectors, and the kernels on tiles (interpreted, and as machine code where the machine has them) give the same bits.</summary>
public sealed unsafe class BFloat16GemmTests
{
    private static readonly (int M, int N, int K)[] Sizes = [(1, 1, 1), (1, 37, 83), (16, 16, 32), (33, 35, 31), (37, 70, 65), (64, 32, 96), (70, 19, 2)];

    [Fact]
    public void Kernels_on_tiles_give_the_bits_of_the_definition()
    {
        KernelRun[] kernels = TileBFloat16Gemm.Kernels(key => new KernelInterpreter(key.Generate()).Run)!;
        foreach ((int m, int n, int k) in Sizes)
            foreach ((bool transA, bool transB, int threads) in new[] { (false, false, 1), (true, false, 2), (false, true, 1), (true, true, 2) })
                Compare(m, n, k, transA, transB, spread: m == 33 ? 70 : 4, (in p) => TileBFloat16Gemm.Run(in p, PerThread(kernels), new(SimdWidth.Scalar, threads)));
    }

    [Fact]
    public void Vectors_and_machine_code_give_the_bits_of_the_definition()
    {
        foreach (ExecutionMode mode in ExecutionMode.Rungs)
            foreach ((int m, int n, int k) in Sizes)
                foreach ((bool transA, bool transB) in new[] { (false, false), (true, true) })
                    foreach (int spread in (int[])[4, 70])      // 2⁻¹⁴⁰ is subnormal
                        Compare(m, n, k, transA, transB, spread, (in p) => BFloat16Gemm.Run(p.A, p.Lda, transA, p.B, p.Ldb, transB, p.C, p.Ldc, m, n, k, mode with { Threads = 2 }));
    }

    [Fact]
    public void The_vectors_take_what_cannot_underflow_and_leave_the_rest()
    {
        Compare(5, 20, 40, false, false, spread: 4, (in p) => Assert.True(ManagedBFloat16Gemm.TryRun(in p, new(SimdWidth.V256, 1))));
        Compare(5, 20, 40, false, false, spread: 70, (in p) =>
        {
            Assert.False(ManagedBFloat16Gemm.TryRun(in p, new(SimdWidth.V256, 1)));
            ReferenceBFloat16Gemm.Run(in p, default);
        });
    }

    // k values of 1 sum to k exactly, and 2⁻⁹ beside 1 is not lost within a block: 1 + 2⁻⁹ is no bfloat16, but a float32.
    [Fact]
    public void Sums_are_float32()
    {
        BFloat16[] a = [.. Enumerable.Repeat((BFloat16)1f, 100)], b = [.. a[..99], (BFloat16)(1f / 512)];
        float[] c = new float[1];
        BFloat16Gemm.Run(a, 100, false, b, 1, false, c, 1, 1, 1, 100, ExecutionMode.Default);
        Assert.Equal(99 + 1f / 512, c[0]);
    }

    [Fact]
    public void No_steps_give_zeros_and_short_spans_are_refused()
    {
        float[] c = [1, 2, 3, 4];
        BFloat16Gemm.Run([], 1, false, [], 2, false, c, 2, 2, 2, 0, ExecutionMode.Default);
        Assert.Equal(new float[4], c);
        BFloat16[] six = new BFloat16[6];
        ShapeException e = Assert.Throws<ShapeException>(() => BFloat16Gemm.Run(six, 3, false, new BFloat16[5], 2, false, c, 2, 2, 2, 3, ExecutionMode.Default));
        Assert.Contains("BFloat16Gemm: b holds 5 values", e.Message, StringComparison.Ordinal);
    }

    // 2⁻¹²⁶·(1 − 2⁻²⁵) rounds to 2⁻¹²⁶ in 24 bits, which is not subnormal; a little less is flushed, and keeps its sign.
    [Fact]
    public void Subnormal_results_are_zeros_of_their_sign()
    {
        BFloat16 least = (BFloat16)MathF.ScaleB(1, -126), tiny = (BFloat16)MathF.ScaleB(1, -75), tinyToo = (BFloat16)MathF.ScaleB(1, -76), half = (BFloat16)0.5f;
        Assert.Equal(MathF.ScaleB(1, -126), FlushedFloat.MultiplyAdd(tiny, (BFloat16)(-(float)tinyToo), (float)least));       // − 2⁻¹⁵¹
        Assert.Equal(0f, FlushedFloat.MultiplyAdd(tiny, (BFloat16)(-2 * (float)tinyToo), (float)least));                      // − 2⁻¹⁵⁰
        float negative = FlushedFloat.MultiplyAdd(least, (BFloat16)(-0.5f), 0);
        Assert.True(negative == 0 && float.IsNegative(negative));
        Assert.Equal(0f, FlushedFloat.MultiplyAdd(least, half, 0));
        Assert.Equal(1f, FlushedFloat.MultiplyAdd(new(1), (BFloat16)MathF.ScaleB(1, 127), 1));                                // a subnormal factor
        Assert.Equal(0f, FlushedFloat.Add(MathF.ScaleB(1.5f, -126), -MathF.ScaleB(1, -126)));
        Assert.True(float.IsNaN(FlushedFloat.MultiplyAdd((BFloat16)float.NaN, half, 0)));
    }

    private delegate void Product(in BFloat16Problem problem);

    // An interpreter has state: one for each call.
    private static KernelRun[] PerThread(KernelRun[] kernels)
    {
        Lock gate = new();
        return [.. kernels.Select(k => new KernelRun(a => { lock (gate) k(a); }))];
    }

    private static void Compare(int m, int n, int k, bool transA, bool transB, int spread, Product product)
    {
        const int Gap = 3;
        const float Guard = -7.25f;
        Rng rng = new Rng(1).Split($"{m} {n} {k} {spread}");
        int lda = (transA ? m : k) + Gap, ldb = (transB ? k : n) + Gap, ldc = n + Gap;
        BFloat16[] a = Values(rng, lda * (transA ? k : m), spread), b = Values(rng, ldb * (transB ? n : k), spread);
        float[] expected = new float[m * ldc], actual = new float[m * ldc];
        expected.AsSpan().Fill(Guard);
        actual.AsSpan().Fill(Guard);
        fixed (BFloat16* pa = a, pb = b)
        fixed (float* pe = expected, py = actual)
        {
            BFloat16Problem p = new() { A = pa, B = pb, C = pe, Lda = lda, Ldb = ldb, Ldc = ldc, M = m, N = n, K = k, TransA = transA, TransB = transB };
            ReferenceBFloat16Gemm.Run(in p, default);
            p.C = py;
            product(in p);
        }
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
    }

    // Exponents within ±spread, now and then a 0 or a subnormal number.
    private static BFloat16[] Values(Rng rng, int count, int spread) =>
        [.. Enumerable.Range(0, count).Select(_ => new BFloat16((ushort)(rng.NextInt(2) << 15 | (rng.NextInt(20) == 0 ? 0 : 127 + rng.NextInt(-spread, Math.Min(spread, 5))) << 7 | rng.NextInt(128))))];
}
