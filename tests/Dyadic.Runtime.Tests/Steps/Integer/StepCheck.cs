using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

/// <summary>Runs a step in every width and with several numbers of threads, guard bytes around its output, and asks for the bytes of its reference.</summary>
internal static unsafe class StepCheck
{
    private const int Guard = 64;

    public static IEnumerable<ExecutionMode> Modes =>
        from width in new[] { SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512 }
        from threads in new[] { 1, 2, 4 }
        select new ExecutionMode(width, threads);

    public static byte[] Equal(IntStep step, Rng rng, (DType Type, int[] Dims) output, params (DType Type, int[] Dims)[] inputs) =>
        Equal(step, output, [.. inputs.Select(i => (i.Type, i.Dims, Random(rng, i.Type, i.Dims)))]);

    public static byte[] Equal(IntStep step, (DType Type, int[] Dims) output, params (DType Type, int[] Dims, byte[] Data)[] inputs)
    {
        byte[] expected = Reference(step, output, inputs);
        foreach (ExecutionMode mode in Modes)
        {
            AssertSame(expected, Run(step, step.Layout == StepLayout.ChannelsLast, output, inputs, mode), $"{step} {mode}");
            if (step.Layout == StepLayout.Logical && inputs.All(i => i.Dims.Length == 4) && step.InChannelsLast(4) is { } moved)
                AssertSame(expected, Run(moved, true, output, inputs, mode), $"{step} channels-last {mode}");
        }
        return expected;
    }

    public static byte[] Random(Rng rng, DType type, int[] dims)
    {
        byte[] data = new byte[Length(dims) * type.Size()];
        for (int i = 0; i < data.Length; i++) data[i] = (byte)rng.NextUInt32();
        return data;
    }

    public static short[] Weights(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => (short)(sbyte)rng.NextUInt32())];

    public static int[] Biases(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(-20_000, 20_001))];

    public static DyadicScale[] Scales(Rng rng, int count, double around) =>
        [.. Enumerable.Range(0, count).Select(_ => DyadicScale.Nearest(around * (0.25 + 1.5 * rng.NextDouble())))];

    private static byte[] Reference(IntStep step, (DType Type, int[] Dims) output, (DType Type, int[] Dims, byte[] Data)[] inputs) =>
        WithViews(inputs, output, (x, y) => step.RunReference(x, y));

    private static byte[] Run(Step step, bool last, (DType Type, int[] Dims) output, (DType Type, int[] Dims, byte[] Data)[] inputs, ExecutionMode mode)
    {
        if (!last) return WithViews(inputs, output, (x, y) => step.Run(x, y, in mode));
        (DType, int[], byte[])[] moved = [.. inputs.Select(i => (i.Type, ChannelsLast.Of(i.Dims), Permute(i.Data, i.Dims, [0, 2, 3, 1], i.Type.Size())))];
        int[] dims = ChannelsLast.Of(output.Dims);
        return Permute(WithViews(moved, (output.Type, dims), (x, y) => step.Run(x, y, in mode)), dims, [0, 3, 1, 2], output.Type.Size());
    }

    private static byte[] Permute(byte[] data, int[] dims, int[] perm, int size)
    {
        byte[] moved = new byte[data.Length];
        IntegerMovement.Transpose(data, dims, moved, perm, size);
        return moved;
    }

    private static byte[] WithViews((DType Type, int[] Dims, byte[] Data)[] inputs, (DType Type, int[] Dims) output, Action<TensorView[], TensorView[]> run)
    {
        List<NativeMemoryBlock> blocks = [];
        TensorView[] x = new TensorView[inputs.Length];
        for (int i = 0; i < x.Length; i++)
        {
            NativeMemoryBlock block = new(inputs[i].Data.Length);
            inputs[i].Data.CopyTo(new Span<byte>(block.Pointer, inputs[i].Data.Length));
            blocks.Add(block);
            x[i] = new(inputs[i].Type, inputs[i].Dims, block.Pointer);
        }
        int bytes = Length(output.Dims) * output.Type.Size();
        NativeMemoryBlock memory = new(bytes + 2 * Guard);
        Span<byte> all = new(memory.Pointer, bytes + 2 * Guard);
        all.Fill(0xA5);
        run(x, [new(output.Type, output.Dims, memory.Pointer + Guard)]);
        Assert.False(all[..Guard].ContainsAnyExcept((byte)0xA5), "wrote before its output");
        Assert.False(all[(Guard + bytes)..].ContainsAnyExcept((byte)0xA5), "wrote behind its output");
        byte[] result = all.Slice(Guard, bytes).ToArray();
        GC.KeepAlive(blocks);
        GC.KeepAlive(memory);
        return result;
    }

    private static void AssertSame(byte[] expected, byte[] actual, string what)
    {
        int at = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(at == expected.Length && at == actual.Length, $"{what}: byte {at} of {expected.Length} is {(at < actual.Length ? actual[at] : -1)}, reference {(at < expected.Length ? expected[at] : -1)}");
    }

    private static int Length(int[] dims) => dims.Aggregate(1, (a, b) => a * b);
}
