using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;

namespace Dyadic.Runtime.Tests.Steps.Float;

/// <summary>Runs float32 steps of one output on arrays, with a guard behind what they write.</summary>
internal static unsafe class FloatStepCheck
{
    private const float Guard = -12345.5f;

    public static float[] Run(Step step, ExecutionMode mode, int[] dims, params (float[] Data, int[] Dims)[] inputs)
    {
        NativeMemoryBlock[] blocks = [.. inputs.Select(i => new NativeMemoryBlock(4 * (i.Data.Length + 1)))];
        TensorView[] x = new TensorView[inputs.Length];
        for (int i = 0; i < x.Length; i++)
        {
            inputs[i].Data.CopyTo(new Span<float>(blocks[i].Pointer, inputs[i].Data.Length));
            x[i] = new(DType.Float32, inputs[i].Dims, blocks[i].Pointer);
        }
        int length = dims.Aggregate(1, (a, b) => a * b);
        NativeMemoryBlock memory = new(4 * (length + 16));
        Span<float> all = new(memory.Pointer, length + 16);
        all.Fill(Guard);
        step.Run(x, [new(DType.Float32, dims, memory.Pointer)], in mode);
        Assert.False(all[length..].ContainsAnyExcept(Guard), $"{step} wrote behind its output");
        float[] result = all[..length].ToArray();
        GC.KeepAlive(blocks);
        GC.KeepAlive(memory);
        return result;
    }

    public static float[] Random(Rng rng, int[] dims) => [.. Enumerable.Range(0, dims.Aggregate(1, (a, b) => a * b)).Select(_ => (float)(rng.NextDouble() * 2 - 1))];
}
