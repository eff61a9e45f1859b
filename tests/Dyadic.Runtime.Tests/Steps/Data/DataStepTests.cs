using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Data;

public unsafe class DataStepTests
{
    private static readonly ExecutionMode Mode = new(SimdWidth.V128, 1);

    [Theory]
    [InlineData(PadMode.Constant)]
    [InlineData(PadMode.Edge)]
    [InlineData(PadMode.Reflect)]
    public void Padding_reads_what_its_source_says(PadMode mode)
    {
        Rng rng = new(5);
        for (int n = 0; n < 200; n++)
        {
            int rank = 1 + rng.NextInt(4);
            int[] x = [.. Enumerable.Range(0, rank).Select(_ => 1 + rng.NextInt(5))], before = new int[rank], y = new int[rank];
            for (int a = 0; a < rank; a++)
            {
                int most = mode == PadMode.Reflect ? x[a] - 1 : 3, least = mode == PadMode.Constant ? -x[a] : 0;
                (before[a], int after) = rng.NextInt(2) == 0 ? (0, 0) : (rng.NextInt(least, most + 1), rng.NextInt(0, most + 1));
                y[a] = Math.Max(0, x[a] + before[a] + after);
            }
            int[] values = [.. Enumerable.Range(1, x.Aggregate(1, (p, d) => p * d))], result = new int[y.Aggregate(1, (p, d) => p * d)];
            Run(new PadStep(before, mode, 77), [(values, x)], result, y);
            for (int i = 0; i < result.Length; i++)
            {
                (int rest, int place, int stride, bool inside) = (i, 0, 1, true);
                for (int a = rank - 1; a >= 0; a--)
                {
                    int source = PadStep.Source(mode, rest % y[a] - before[a], x[a]);
                    inside &= source >= 0;
                    place += source * stride;
                    (rest, stride) = (rest / y[a], stride * x[a]);
                }
                Assert.Equal(inside ? values[place] : 77, result[i]);
            }
        }
    }

    [Fact]
    public void Lines_at_known_places_are_scattered_as_by_indices()
    {
        Rng rng = new(6);
        for (int n = 0; n < 100; n++)
        {
            int lines = 1 + rng.NextInt(20), length = 1 + rng.NextInt(4), updates = rng.NextInt(25), next = 0;
            int[] places = [.. Enumerable.Range(0, updates).Select(_ => next = rng.NextInt(3) == 0 ? rng.NextInt(lines) : (next + 1) % lines)];      // runs, and lines that are met twice
            float[] x = Floats(rng, lines * length), u = Floats(rng, updates * length), y = new float[x.Length], expected = new float[x.Length];
            Run(new ScatterLinesStep(places, length), [(x, [lines, length]), (u, [updates, length])], y, [lines, length]);
            fixed (float* px = x, pu = u, pe = expected)
            fixed (int* pi = places)
                new ScatterNDStep(ScatterReduction.Replace).Run([new(DType.Float32, [lines, length], px), new(DType.Int32, [updates, 1], pi), new(DType.Float32, [updates, length], pu)],
                    [new(DType.Float32, [lines, length], pe)], Mode);
            Assert.Equal(expected, y);
        }
    }

    [Theory]
    [InlineData(SoftmaxFunction.Softmax)]
    [InlineData(SoftmaxFunction.LogSoftmax)]
    public void Short_lines_have_the_bits_that_each_has_alone_and_the_values_of_float64(SoftmaxFunction function)
    {
        Rng rng = new(7);
        for (int length = 1; length < 8; length++)
        {
            const int Lines = 700;
            SoftmaxStep step = new(function, 1);
            float[] x = [.. Floats(rng, Lines * length).Select(v => 20 * v)], y = new float[x.Length];
            x[length * 3] = float.NegativeInfinity;
            Run(step, [(x, [Lines, length])], y, [Lines, length]);
            for (int i = 0; i < Lines; i++)
            {
                float[] line = x[(i * length)..((i + 1) * length)], alone = new float[length], together = y[(i * length)..((i + 1) * length)];
                Run(step, [(line, [1, length])], alone, [1, length]);
                Assert.Equal(alone, together);
                double max = line.Max(), sum = line.Sum(v => Math.Exp(v - max));
                if (double.IsNegativeInfinity(max)) continue;
                for (int k = 0; k < length; k++)
                {
                    double expected = function == SoftmaxFunction.Softmax ? Math.Exp(line[k] - max) / sum : line[k] - max - Math.Log(sum);
                    if (double.IsInfinity(expected)) Assert.Equal(expected, together[k]);
                    else Assert.Equal(expected, together[k], 4e-6 * Math.Max(1, Math.Abs(expected)));
                }
            }
        }
    }

    private static float[] Floats(Rng rng, int length) => [.. Enumerable.Range(0, length).Select(_ => 2 * rng.NextSingle() - 1)];

    private static void Run<T>(Step step, (T[] Data, int[] Dims)[] inputs, T[] output, int[] dims) where T : unmanaged
    {
        DType type = DTypes.Of<T>();
        fixed (T* x = inputs[0].Data, u = inputs[^1].Data, y = output)
        {
            TensorView[] views = inputs.Length == 1 ? [new(type, inputs[0].Dims, x)] : [new(type, inputs[0].Dims, x), new(type, inputs[1].Dims, u)];
            step.Run(views, [new(type, dims, y)], Mode);
        }
    }
}
