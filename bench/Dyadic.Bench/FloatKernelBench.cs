using Dyadic.Kernels;

namespace Dyadic.Bench;

/// <summary>GFLOP/s of float32 products and convolutions and their share of the peak measured in the same run.</summary>
internal static class FloatKernelBench
{
    private const int Rounds = 21, PeakSteps = 500_000;
    private static readonly SimdWidth Width = ExecutionMode.BestWidth;

    private static readonly (int M, int N, int K, bool TransB)[] Products =
    [
        (1024, 1024, 1024, false), (1024, 1024, 1024, true), (512, 512, 512, false), (128, 768, 768, true), (128, 3072, 768, true),
        (128, 10, 64, true), (1, 768, 768, true), (1, 768, 768, false), (768, 1, 768, false), (64, 64, 4, false),
    ];

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
        Console.WriteLine($"GFLOP/s, {Width}");
        Console.WriteLine($"{"M,N,K",-18} {"1 thread",7} {"best",7} {"best",6} {"2 thr.",7} {"best",7}   peak of a core");
        foreach ((int m, int n, int k, bool transB) in Products)
        {
            float[] a = Values(m * k), b = Values(k * n), c = new float[m * n];
            double flops = 2.0 * m * n * k;
            int repeat = (int)Math.Max(1, 2e7 / flops);
            void Run(int threads)
            {
                for (int i = 0; i < repeat; i++) FloatGemm.Run(a, k, false, b, transB ? k : n, transB, c, n, m, n, k, 0, new(Width, threads));
            }
            (double Median, double Best)[] t = Interleaved.Times(Rounds, () => FmaPeak.Run(PeakSteps), () => Run(1), () => Run(2));
            double peak = FmaPeak.Flops(PeakSteps) / t[0].Best, work = flops * repeat / 1e9;
            string Cell(int i) => $"{work / t[i].Median,7:f1} {work / t[i].Best,7:f1}";
            Console.WriteLine($"{$"{m},{n},{k}{(transB ? "ᵀ" : "")}",-18} {Cell(1)} {work * 1e9 / t[1].Best / peak,6:p0} {Cell(2)}   {peak / 1e9:f1}");
        }
    }

    public static void Conv()
    {
        Console.WriteLine($"GFLOP/s median and best, best ms, {Width}");
        Console.WriteLine($"{"convolution",-16} {"threads",7} {"y",21} {"dx",21} {"dw",21}   peak of a core");
        foreach ((string name, ConvGeometry g) in Convolutions)
            foreach (int threads in new[] { 1, 2 }) Row(name, g, new(Width, threads));
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
