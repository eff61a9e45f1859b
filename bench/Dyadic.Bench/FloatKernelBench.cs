using Dyadic.Kernels;

namespace Dyadic.Bench;

/// <summary>GFLOP/s of float32 products and convolutions and their share of the peak measured in the same run.</summary>
internal static class FloatKernelBench
{
    private const int Rounds = 21, PeakSteps = 500_000;
    private static readonly ExecutionMode One = ExecutionMode.Default with { Threads = 1 };

    private static readonly (int M, int N, int K, bool TransB)[] Products =
    [
        (1024, 1024, 1024, false), (1024, 1024, 1024, true), (512, 512, 512, false), (128, 768, 768, true), (128, 3072, 768, true),
        (128, 10, 64, true), (1, 768, 768, true), (1, 768, 768, false), (768, 1, 768, false), (64, 64, 4, false),
    ];

    // Those of attention, head by head: scores and sums of 128 tokens with 64 features a head, and of 32 with 16.
    private static readonly (int Count, int M, int N, int K, bool TransB)[] SeriesOfProducts =
        [(64, 128, 128, 64, true), (64, 128, 64, 128, false), (256, 32, 32, 16, true), (256, 32, 16, 32, false)];

    // The convolutions of a ResNet-8 on 28×28 images, batch 128, and a depthwise one.
    private static readonly (string Name, ConvGeometry G)[] Convolutions =
    [
        ("3x3 1-16 28", new(128, 1, 28, 28, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1)),
        ("3x3 16-16 28", new(128, 16, 28, 28, 16, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1)),
        ("3x3/2 16-32 28", new(128, 16, 28, 28, 32, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1)),
        ("3x3 32-32 14", new(128, 32, 14, 14, 32, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1)),
        ("3x3/2 32-64 14", new(128, 32, 14, 14, 64, 1, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1)),
        ("3x3 64-64 7", new(128, 64, 7, 7, 64, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1)),
        ("1x1/2 16-32 28", new(128, 16, 28, 28, 32, 1, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1)),
        ("1x1 64-64 14", new(32, 64, 14, 14, 64, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1)),
        ("dw3x3 64 14", new(128, 64, 14, 14, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1)),
    ];

    public static void Gemm()
    {
        Console.WriteLine($"GFLOP/s, {One.Rung}");
        Console.WriteLine($"{"M,N,K",-18} {"1 thread",7} {"best",7} {"best",6} {"2 thr.",7} {"best",7}   peak of a core");
        foreach ((int m, int n, int k, bool transB) in Products)
        {
            float[] a = Values(m * k), b = Values(k * n), c = new float[m * n];
            double flops = 2.0 * m * n * k;
            int repeat = (int)Math.Max(1, 2e7 / flops);
            void Run(int threads)
            {
                for (int i = 0; i < repeat; i++) FloatGemm.Run(a, k, false, b, transB ? k : n, transB, c, n, m, n, k, 0, One with { Threads = threads });
            }
            (double Median, double Best)[] t = Interleaved.Times(Rounds, () => FmaPeak.Run(PeakSteps), () => Run(1), () => Run(2));
            double peak = FmaPeak.Flops(PeakSteps) / t[0].Best, work = flops * repeat / 1e9;
            string Cell(int i) => $"{work / t[i].Median,7:f1} {work / t[i].Best,7:f1}";
            Console.WriteLine($"{$"{m},{n},{k}{(transB ? "ᵀ" : "")}",-18} {Cell(1)} {work * 1e9 / t[1].Best / peak,6:p0} {Cell(2)}   {peak / 1e9:f1}");
        }
    }

    /// <summary>Microseconds of a product in a series: one call for each, and all prepared once.</summary>
    public static unsafe void Series()
    {
        Console.WriteLine($"{"series of M,N,K",-22} {"µs each",8} {"at once",8}");
        foreach ((int count, int m, int n, int k, bool transB) in SeriesOfProducts)
        {
            float[] a = Values(count * m * k), b = Values(count * k * n), c = new float[count * m * n];
            fixed (float* pa = a, pb = b, pc = c)
            {
                (nint x, nint w, nint y) = ((nint)pa, (nint)pb, (nint)pc);
                (double Median, double Best)[] t = Interleaved.Times(Rounds, Each, Prepared);
                Console.WriteLine($"{$"{count} × {m},{n},{k}{(transB ? "ᵀ" : "")}",-22} {t[0].Median / count * 1e6,8:f2} {t[1].Median / count * 1e6,8:f2}");

                void Each()
                {
                    for (int i = 0; i < count; i++) FloatGemm.Run((float*)x + i * m * k, k, false, (float*)w + i * k * n, transB ? k : n, transB, (float*)y + i * m * n, n, m, n, k, 0, One);
                }

                void Prepared()
                {
                    using FloatProducts products = new(false, transB, m, n, k, One);
                    for (int i = 0; i < count; i++) products.Run((float*)x + i * m * k, (float*)w + i * k * n, (float*)y + i * m * n);
                }
            }
        }
    }

    public static void Conv()
    {
        Console.WriteLine($"GFLOP/s median and best, best ms, {One.Rung}");
        Console.WriteLine($"{"convolution",-16} {"threads",7} {"y",21} {"dx",21} {"dw",21}   peak of a core");
        foreach ((string name, ConvGeometry g) in Convolutions)
            foreach (int threads in new[] { 1, 2 }) Row(name, g, One with { Threads = threads });
    }

    private static void Row(string name, ConvGeometry g, ExecutionMode mode)
    {
        float[] x = Values(g.InputLength), w = Values(g.WeightLength), y = Values(g.OutputLength), dy = Values(g.OutputLength);
        float[] dx = new float[x.Length], dw = new float[w.Length];
        double flops = 2.0 * g.OutputLength * g.Taps;
        (double Median, double Best)[] t = Interleaved.Times(Rounds,
            () => FmaPeak.Run(PeakSteps),
            () => FloatConv.Forward(x, w, default, y, in g, mode),
            () => FloatConv.InputGradient(dy, w, dx, in g, mode),
            () => FloatConv.WeightGradient(x, dy, dw, in g, mode));
        string Cell(int i) => $"{flops / t[i].Median / 1e9:f1} {flops / t[i].Best / 1e9:f1} {t[i].Best * 1e3:f2}";
        Console.WriteLine($"{name,-16} {mode.Threads,7} {Cell(1),21} {Cell(2),21} {Cell(3),21}   {FmaPeak.Flops(PeakSteps) / t[0].Best / 1e9:f1}");
    }

    private static float[] Values(int n) => [.. Enumerable.Range(0, n).Select(i => i * 7919 % 13 - 6f)];
}
