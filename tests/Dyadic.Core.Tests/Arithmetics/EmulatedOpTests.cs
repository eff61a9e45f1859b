using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Numerics.Emulation;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Emulated;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>What holds for every op in emulated arithmetics, over the rows of <see cref="OpCases"/>, of which every op has one.</summary>
public sealed class EmulatedOpTests
{
    public static TheoryData<int, string> Cases
    {
        get
        {
            TheoryData<int, string> data = [];
            for (int i = 0; i < OpCases.All.Count; i++) data.Add(i, OpCases.All[i].ToString());
            return data;
        }
    }

    // Sizes at which lanes of sixteen, their rest, borders and several tasks all occur.
    public static TheoryData<int, string> Wide
    {
        get
        {
            TheoryData<int, string> data = [];
            for (int i = 0; i < WideCases.All.Count; i++) data.Add(i, WideCases.All[i].ToString());
            return data;
        }
    }

    // 24 bits round as float32 does: only the order of sums and the library's functions may differ.
    [Theory, MemberData(nameof(Cases))]
    public void In_float32_s_own_format_an_op_computes_what_float32_does(int row, string label) => CloseToNative(OpCases.All[row], label, DType.Float32);

    [Theory, MemberData(nameof(Cases))]
    public void In_float64_s_own_format_an_op_computes_what_float64_does(int row, string label) => CloseToNative(OpCases.All[row], label, DType.Float64);

    [Theory, MemberData(nameof(Wide))]
    public void So_does_it_in_lanes(int row, string label) => CloseToNative(WideCases.All[row], label, DType.Float32);

    [Theory, MemberData(nameof(Wide))]
    public void Lanes_and_threads_change_no_bit(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(WideCases.All[row], label, DType.Float32);
        foreach (Emulation arithmetic in Arithmetics())
        {
            Tensor[] plain = Run(op, inputs, arithmetic, new(SimdWidth.Scalar, 1));
            foreach (int threads in (int[])[1, 2, 3]) AssertSameBits(plain, Run(op, inputs, arithmetic, new(ExecutionMode.BestWidth, threads)));
        }
    }

    // Either no operation of the op can round, or three random bits show in what it computes: nothing runs in plain floats unseen.
    [Theory, MemberData(nameof(Cases))]
    public void Every_op_is_exact_or_emulated(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(OpCases.All[row], label, DType.Float32);
        Tensor[] native = Door.Run(op, inputs), first = Perturbed(op, inputs, 1), second = Perturbed(op, inputs, 2);
        if (IsExact(op, inputs)) AssertSameBits(native, first);
        else Assert.False(Bits(first).SequenceEqual(Bits(second)), $"{label}: the seed of mca:3:rr changes nothing.");
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_seed_gives_the_same_bytes_again(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(OpCases.All[row], label, DType.Float32);
        AssertSameBits(Perturbed(op, inputs, 5), Perturbed(op, inputs, 5));
    }

    private static IEnumerable<Emulation> Arithmetics()
    {
        foreach (EmulationMode mode in Enum.GetValues<EmulationMode>())
        {
            yield return Emulation.Vprec(new() { Format32 = new(4, 5), Mode = mode });
            yield return Emulation.MonteCarlo(new() { Precision32 = 11, Mode = mode }, 7);
        }
        yield return Emulation.Vprec(new() { Format32 = new(4, 5), Mode = EmulationMode.Full, DenormalsAreZero = true, FlushToZero = true });
        yield return Emulation.MonteCarlo(new() { Precision32 = 24 }, 7);
    }

    private static void CloseToNative(OpCase c, string label, DType type)
    {
        (Op op, Tensor[] inputs) = Case(c, label, type);
        Tensor[] native = Door.Run(op, inputs), emulated;
        using (Arithmetic.Use(Arithmetic.Emulated(new VprecOptions()))) emulated = Door.Run(op, inputs);
        for (int i = 0; i < native.Length; i++)
            Assert.InRange(Tolerance.Distance(Doubles(emulated[i]), Doubles(native[i])), 0, Tolerance.For(native[i].Type));
    }

    private static Tensor[] Perturbed(Op op, Tensor[] inputs, ulong seed)
    {
        using IDisposable scope = Arithmetic.Use(Arithmetic.Parse("mca:3:rr", seed));
        return Door.Run(op, inputs);
    }

    private static (Op Op, Tensor[] Inputs) Case(OpCase c, string label, DType type)
    {
        Assert.Equal(label, c.ToString());
        return (c.Op, [.. c.Inputs(new Rng(3)).Select(t => t.Type == DType.Float64 ? t.Cast(type) : t)]);
    }

    private static bool IsExact(Op op, Tensor[] inputs)
    {
        TensorType[] types = Array.ConvertAll(inputs, t => t.TensorType);
        return EmulatedSteps.IsExact(op.Lower(types), Array.ConvertAll(types, t => t.Type), Array.ConvertAll(op.Infer(types), t => t.Type));
    }

    private static Tensor[] Run(Op op, Tensor[] inputs, Emulation arithmetic, ExecutionMode mode)
    {
        TensorType[] types = Array.ConvertAll(inputs, t => t.TensorType);
        return Op.RunStep(new EmulatedStep(op.Lower(types), arithmetic, 3), inputs, op.Infer(types), mode);
    }

    private static double[] Doubles(Tensor t) => t.Cast(DType.Float64).ToArray<double>();

    private static long[] Bits(Tensor[] tensors) => [.. tensors.SelectMany(Doubles).Select(BitConverter.DoubleToInt64Bits)];

    private static void AssertSameBits(Tensor[] expected, Tensor[] actual) => Assert.Equal(Bits(expected), Bits(actual));
}
