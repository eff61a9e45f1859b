using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Kernels.Contractions;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;

namespace Dyadic.Cli.Benchmarks;

/// <summary>A value of a row: its type, and its dimensions as Run sees them, so [N, H, W, C] where the step is channels-last.</summary>
internal readonly record struct KernelValue(DType Type, params int[] Dims)
{
    public long Length => Dims.Aggregate(1L, (n, d) => n * d);

    public long Bytes => Length * Type.Size();
}

/// <summary>A production kernel, test case and benchmark at once.</summary>
/// <param name="name">Kernel and sizes; the only one of its name.</param>
/// <param name="make">Makes the step, when it is first asked for.</param>
/// <param name="inputs">What it reads.</param>
/// <param name="output">What it writes.</param>
internal sealed class KernelRow(string name, Func<Step> make, KernelValue[] inputs, KernelValue output)
{
    private const float InputScale = 0.05f;
    private readonly Lazy<Step> _step = new(make);

    public string Name => name;

    public Step Step => _step.Value;

    public IReadOnlyList<KernelValue> Inputs => inputs;

    public KernelValue Output => output;

    /// <summary>Multiplications of one run; 0 where it only moves or compares.</summary>
    public long Products { get; init; }

    /// <summary>Bytes of weights.</summary>
    public long WeightBytes { get; init; }

    /// <summary>The products that bound it on a set with byte dot products, or null where it is bound by memory.</summary>
    public OperandKind? Operands { get; init; }

    /// <summary>Sizes with remainders everywhere, for tests and admission; a benchmark runs it on request only.</summary>
    public bool Small { get; init; }

    /// <summary>Bytes read and written by one run.</summary>
    public long Bytes => inputs.Sum(v => v.Bytes) + WeightBytes + output.Bytes;

    /// <summary>The step with memory, inputs filled at random: codes from their whole range, reals in [−2, 2), scales 0.05.</summary>
    public StepCall Call(ulong seed)
    {
        StepCall call = new(Step, [.. inputs.Select(v => (v.Type, v.Dims))], (output.Type, output.Dims));
        Rng rng = new Rng(seed).Split(name);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Type == DType.BFloat16) foreach (ref BFloat16 real in MemoryMarshal.Cast<byte, BFloat16>(call.Input(i))) real = (BFloat16)(rng.NextInt(-512, 512) / 256f);
            else if (inputs[i].Type != DType.Float32) foreach (ref byte code in call.Input(i)) code = (byte)rng.NextUInt32();
            else if (inputs[i].Dims.Length > 0) rng.FillUniform(MemoryMarshal.Cast<byte, float>(call.Input(i)), -2, 2);
            else MemoryMarshal.Cast<byte, float>(call.Input(i))[0] = InputScale;
        }
        return call;
    }

    /// <summary>The bytes that a kind of kernels gives.</summary>
    public byte[] Run(StepCall call, in ExecutionMode mode)
    {
        call.Output(0).Fill(0xA5);
        Step.Prepare(in mode);
        call.Run(in mode);
        return call.Output(0).ToArray();
    }

    public override string ToString() => name;
}
