using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Bench;

/// <summary>GOP/s (two operations a multiplication) of integer steps, requantisation included, on one core for each vector width, and on two.</summary>
internal static unsafe class IntGemmBench
{
    private const int Rounds = 21;
    private static readonly IntFormat Codes = IntFormat.Full(DType.Int8, 3);

    // Steps with input and output as Run sees them (convolutions channels-last) and multiplications a call.
    private static readonly (string Name, IntStep Step, int[] X, int[] Y, double Macs)[] Rows =
    [
        Linear(128, 768, 768), Linear(128, 3072, 768), Linear(1024, 1024, 1024), Linear(1, 768, 768), Linear(128, 64, 10),
        Conv("3x3 1-16 28", 1, 28, 16, 1, 3, 1), Conv("3x3 16-16 28", 16, 28, 16, 1, 3, 1), Conv("3x3/2 16-32 28", 16, 28, 32, 1, 3, 2),
        Conv("3x3 32-32 14", 32, 14, 32, 1, 3, 1), Conv("3x3 64-64 7", 64, 7, 64, 1, 3, 1), Conv("1x1 64-64 14", 64, 14, 64, 1, 1, 1),
        Conv("dw3x3 64 14", 64, 14, 64, 64, 3, 1), Add("add 16 28", 16, 28), Average("average 64 7", 64, 7),
    ];

    public static void Run()
    {
        Console.WriteLine($"{"step",-18} {"scalar",8} {"128",8} {"256",8} {"512",8} {"256 ×2",8}   GOP/s, median; 256 to scalar; µs at 256");
        foreach ((string name, IntStep step, int[] x, int[] y, double macs) in Rows)
        {
            byte[] input = [.. Enumerable.Range(0, Length(x) * 2).Select(i => (byte)(i * 7919 % 251))];
            sbyte[] output = new sbyte[Length(y)];
            int repeat = (int)Math.Max(1, 4e6 / macs);
            (double Median, double Best)[] t = Interleaved.Times(Rounds,
                Call(SimdWidth.Scalar, 1), Call(SimdWidth.V128, 1), Call(SimdWidth.V256, 1), Call(SimdWidth.V512, 1), Call(SimdWidth.V256, 2));
            string cells = string.Join(' ', t.Select(v => $"{2 * macs * repeat / v.Median / 1e9,8:f1}"));
            Console.WriteLine($"{name,-18} {cells}   {t[0].Median / t[2].Median,6:f1} {t[2].Median / repeat * 1e6,8:f1}");

            Action Call(SimdWidth width, int threads) => () =>
            {
                fixed (byte* px = input)
                fixed (sbyte* py = output)
                {
                    TensorView[] ins = [new(DType.Int8, x, px), new(DType.Int8, x, px + Length(x))];
                    for (int i = 0; i < repeat; i++) step.Run(ins, [new(DType.Int8, y, py)], new(width, threads));
                }
            };
        }
    }

    private static (string, IntStep, int[], int[], double) Linear(int m, int k, int n) =>
        ($"{m},{k},{n}", new IntLinear(Weights(n * k), new int[n], [DyadicScale.Nearest(0.0003)], Codes, Codes), [m, k], [m, n], (double)m * n * k);

    private static (string, IntStep, int[], int[], double) Conv(string name, int c, int size, int m, int groups, int kernel, int stride)
    {
        int pad = kernel / 2, taps = c / groups * kernel * kernel;
        Window window = new(kernel, kernel, stride, stride, pad, pad, pad, pad);
        IntConv step = new(Weights(m * taps), new int[m], [DyadicScale.Nearest(0.001)], window, groups, Codes, Codes);
        int outs = window.OutputHeight(size);
        return (name, step, [1, size, size, c], [1, outs, outs, m], (double)outs * outs * m * taps);
    }

    private static (string, IntStep, int[], int[], double) Add(string name, int c, int size) =>
        (name, new IntAdd(DyadicScale.Nearest(0.6), Codes, DyadicScale.Nearest(0.7), Codes, Codes), [1, size, size, c], [1, size, size, c], (double)size * size * c);

    private static (string, IntStep, int[], int[], double) Average(string name, int c, int size) =>
        (name, new IntAveragePool(new(size, size), [DyadicScale.Nearest(1.0 / (size * size))], Codes, Codes), [1, size, size, c], [1, 1, 1, c], (double)size * size * c);

    private static short[] Weights(int n) => [.. Enumerable.Range(0, n).Select(i => (short)(i * 31 % 255 - 127))];

    private static int Length(int[] dims) => dims.Aggregate(1, (a, b) => a * b);
}
