using System.Runtime.InteropServices;
using Dyadic.Cli.Benchmarks;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Health;

/// <summary>Whether an integer kernel gives the bytes of its definition on this machine.</summary>
/// <param name="Kernel">The name of the kernel.</param>
/// <param name="Rungs">The kinds of kernels (<see cref="ExecutionMode.Rung"/>) with which every byte was right.</param>
/// <param name="Admitted">True when that holds for all.</param>
internal sealed record AdmittedKernel(string Kernel, string[] Rungs, bool Admitted);

/// <summary>Runs the small integer rows of <see cref="KernelTable"/> as plans on random codes with every kind of kernels, and compares them with the reference loop.</summary>
internal static class KernelAdmission
{
    private const int Batch = 3;

    /// <summary>One row for each kernel; of several sizes all must be right.</summary>
    public static IReadOnlyList<AdmittedKernel> Check() =>
    [
        .. KernelTable.Rows.Where(r => r.Small && r.Step is IntStep).GroupBy(r => r.Step.Kernel, StringComparer.Ordinal).Select(rows =>
        {
            Plan[] plans = [.. rows.Select(PlanOf)];
            string[] right = [.. ExecutionMode.Rungs.Where(m => plans.All(p => Agrees(p, m, new Rng(1).Split(rows.Key)))).Select(m => m.Rung)];
            return new AdmittedKernel(rows.Key, right, right.Length == ExecutionMode.Rungs.Count);
        }),
    ];

    private static Plan PlanOf(KernelRow row)
    {
        PlanBuilder builder = new(batched: true);
        int[] values = [.. row.Inputs.Select((v, i) => builder.Input($"x{i}", v.Type, Logical(row.Step, v.Dims)))];
        builder.Output("y", builder.Add("step", row.Step, values, (row.Output.Type, Logical(row.Step, row.Output.Dims)))[0]);
        return builder.Build();
    }

    private static int[] Logical(Step step, int[] dims) => step.Layout == StepLayout.ChannelsLast && dims is [var n, .. var image, var c] && image.Length == 2 ? [n, c, .. image] : dims;

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
}
