using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Health;

/// <summary>Whether an integer kernel gives the bytes of its definition on this machine.</summary>
/// <param name="Kernel">The name of the kernel.</param>
/// <param name="Rungs">The kinds of kernels (<see cref="ExecutionMode.Rung"/>) with which every byte was right.</param>
/// <param name="Admitted">True when that holds for all.</param>
internal sealed record AdmittedKernel(string Kernel, string[] Rungs, bool Admitted);

/// <summary>Runs each integer kernel on random codes with every kind of kernels and compares it with the reference loop.</summary>
internal static class KernelAdmission
{
    private const int Batch = 3;
    private static readonly IntFormat U8 = IntFormat.Full(DType.UInt8, 117), S8 = IntFormat.Full(DType.Int8, -9);
    private static readonly DyadicScale Scale = DyadicScale.Nearest(0.0031), Rescale = DyadicScale.Nearest(0.83);

    /// <summary>One row for each kernel.</summary>
    public static IReadOnlyList<AdmittedKernel> Check()
    {
        Rng rng = new(1);
        List<AdmittedKernel> rows = [];
        foreach ((IntStep step, DType type, int[][] inputs, (DType, int[]) output) in Cases(rng.Split("weights")))
        {
            Plan plan = PlanOf(step, type, inputs, output);
            string[] right = [.. ExecutionMode.Rungs.Where(r => Agrees(plan, r, rng.Split(step.Kernel))).Select(r => r.Rung)];
            rows.Add(new(step.Kernel, right, right.Length == ExecutionMode.Rungs.Count));
        }
        return rows;
    }

    // Sizes with remainders for every kernel.
    private static IEnumerable<(IntStep Step, DType Type, int[][] Inputs, (DType, int[]) Output)> Cases(Rng rng)
    {
        Window three = new(3, 3, 1, 1, 1, 1, 1, 1), two = new(2, 2, 2, 2);
        foreach (IntFormat f in (IntFormat[])[U8, S8])
        {
            yield return (new IntConv(Weights(rng, 21 * 19 * 9), Biases(rng, 21), [Scale], three, 1, f, f), f.Type, [[1, 19, 9, 11]], (f.Type, [1, 21, 9, 11]));
            yield return (new IntConv(Weights(rng, 19 * 9), Biases(rng, 19), [Scale], three, 19, f, f), f.Type, [[1, 19, 9, 11]], (f.Type, [1, 19, 9, 11]));
            yield return (new IntLinear(Weights(rng, 37 * 83), Biases(rng, 37), [Scale], f, f), f.Type, [[1, 83]], (f.Type, [1, 37]));
            yield return (new IntMaxPool(two, f), f.Type, [[1, 19, 8, 10]], (f.Type, [1, 19, 4, 5]));
            yield return (new IntAveragePool(two, [DyadicScale.Nearest(0.2)], f, f), f.Type, [[1, 19, 8, 10]], (f.Type, [1, 19, 4, 5]));
        }
        yield return (new IntAdd(Rescale, S8, Rescale, S8, S8), DType.Int8, [[1, 19, 5, 7], [1, 19, 5, 7]], (DType.Int8, [1, 19, 5, 7]));
        yield return (new IntMul(Scale, S8, S8, S8), DType.Int8, [[1, 331], [1, 331]], (DType.Int8, [1, 331]));
        yield return (IntLookup.Requantize(Rescale, U8, S8), DType.UInt8, [[1, 331]], (DType.Int8, [1, 331]));
        yield return (new IntConcat(1, [Rescale, Scale], [S8, S8], S8), DType.Int8, [[1, 33], [1, 70]], (DType.Int8, [1, 103]));
        yield return (new IntTranspose([0, 2, 1]), DType.Int8, [[1, 19, 23]], (DType.Int8, [1, 23, 19]));
        yield return (new IntSlice([0, 2, 1], [1, 2, 1]), DType.Int8, [[1, 19, 23]], (DType.Int8, [1, 8, 20]));
        yield return (new IntPad([0, 1, 2], -9), DType.Int8, [[1, 19, 23]], (DType.Int8, [1, 22, 26]));
        yield return (new IntArgMax(1, S8), DType.Int8, [[1, 103]], (DType.Int64, [1]));
    }

    private static Plan PlanOf(IntStep step, DType type, int[][] inputs, (DType Type, int[] Dims) output)
    {
        PlanBuilder builder = new(batched: true);
        int[] values = [.. inputs.Select((dims, i) => builder.Input($"x{i}", type, dims))];
        builder.Output("y", builder.Add("step", step, values, output)[0]);
        return builder.Build();
    }

    private static bool Agrees(Plan plan, ExecutionMode mode, Rng rng)
    {
        Tensor[] inputs = [.. plan.Inputs.Select(v => Codes(rng, v))];
        Tensor[] actual = new Session(plan, mode with { Threads = 2 }).Run(inputs), expected = plan.RunReference(inputs);
        return Bytes(actual[0]).AsSpan().SequenceEqual(Bytes(expected[0]));
    }

    private static Tensor Codes(Rng rng, PlanValue value)
    {
        byte[] codes = new byte[value.Length * Batch];
        foreach (ref byte code in codes.AsSpan()) code = (byte)rng.NextUInt32();
        Shape shape = Shape.Of([Batch, .. value.Dims.AsSpan(1)]);
        return value.Type == DType.Int8 ? Tensor.From<sbyte>(MemoryMarshal.Cast<byte, sbyte>(codes), shape) : Tensor.From<byte>(codes, shape);
    }

    private static byte[] Bytes(Tensor tensor) => tensor.Type switch
    {
        DType.Int8 => MemoryMarshal.AsBytes<sbyte>(tensor.ToArray<sbyte>()).ToArray(),
        DType.UInt8 => tensor.ToArray<byte>(),
        _ => MemoryMarshal.AsBytes<long>(tensor.ToArray<long>()).ToArray(),
    };

    private static short[] Weights(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => (short)rng.NextInt(-127, 128))];

    private static int[] Biases(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(-20000, 20001))];
}
