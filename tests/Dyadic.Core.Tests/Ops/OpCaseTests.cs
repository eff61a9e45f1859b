using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Ops;

/// <summary>What holds for every op, over the rows of <see cref="OpCases"/>.</summary>
public sealed class OpCaseTests
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

    [Theory, MemberData(nameof(Cases))]
    public void Gradient_matches_central_differences_twice(int row, string label)
    {
        Assert.NotEmpty(label);
        Gradients.Check(OpCases.All[row]);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Infer_tells_the_types_of_the_outputs(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(row, label);
        Assert.Equal(op.Infer(Types(inputs)), Types(Door.Run(op, inputs)));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Record_equals_its_copy(int row, string label)
    {
        (Op op, _) = Case(row, label);
        Assert.Equal(op, op with { });
        Assert.Equal(op.GetHashCode(), (op with { }).GetHashCode());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Float32_result_is_near_the_float64_result(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(row, label);
        Tensor[] rounded = [.. inputs.Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t)];
        Tensor[] widened = [.. rounded.Select(t => t.Type == DType.Float32 ? t.Cast(DType.Float64) : t)];
        Tensor[] narrow = Door.Run(op, rounded), wide = Door.Run(op, widened);
        for (int i = 0; i < wide.Length; i++)
            Assert.InRange(Tolerance.Distance(Doubles(narrow[i]), Doubles(wide[i])), 0, Tolerance.For(narrow[i].Type));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Strided_inputs_give_what_contiguous_copies_give(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(row, label);
        AssertSameBits(Door.Run(op, inputs), Door.Run(op, [.. inputs.Select(Strided)]));
    }

    [Theory, MemberData(nameof(Cases))]
    public void The_step_of_a_plan_gives_what_the_op_gives(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(row, label);
        AssertSameBits(Door.Run(op, inputs), Stepped(op, inputs, new(ExecutionMode.BestWidth, 1)));
    }

    [Theory, MemberData(nameof(Cases))]
    public void The_number_of_threads_changes_no_bit(int row, string label)
    {
        (Op op, Tensor[] inputs) = Case(row, label);
        inputs = [.. inputs.Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t)];
        Tensor[] one = Stepped(op, inputs, new(ExecutionMode.BestWidth, 1));
        foreach (int threads in (int[])[2, 4]) AssertSameBits(one, Stepped(op, inputs, new(ExecutionMode.BestWidth, threads)));
    }

    private static (Op Op, Tensor[] Inputs) Case(int row, string label)
    {
        OpCase c = OpCases.All[row];
        Assert.Equal(label, c.ToString());
        return (c.Op, c.Inputs(new Rng(3)));
    }

    private static TensorType[] Types(Tensor[] tensors) => Array.ConvertAll(tensors, t => t.TensorType);

    private static double[] Doubles(Tensor t) => t.Cast(DType.Float64).ToArray<double>();

    // The same values with the axes in the opposite order in memory.
    private static Tensor Strided(Tensor t)
    {
        int[] dims = t.Shape.ToArray(), strides = new int[dims.Length], reversed = new int[dims.Length];
        for (int i = 0, stride = 1; i < dims.Length; stride *= dims[i++]) strides[i] = stride;
        ReadOnlySpan<int> own = t.Strides;
        for (int i = 0; i < dims.Length; i++) reversed[i] = own[^(i + 1)];
        Array.Reverse(dims);
        return t.Restride(Shape.Of(dims), reversed).ToContiguous().Restride(t.Shape, strides);
    }

    private static Tensor[] Stepped(Op op, Tensor[] inputs, ExecutionMode mode)
    {
        TensorType[] types = Types(inputs);
        Tensor[] sources = [.. inputs.Select(t => t.ToContiguous())], outputs = [.. op.Infer(types).Select(t => Tensor.Empty(t.Shape, t.Type))];
        op.Lower(types).Run([.. sources.Select(t => t.View())], [.. outputs.Select(t => t.View())], mode);
        GC.KeepAlive(sources);
        return outputs;
    }

    private static void AssertSameBits(Tensor[] expected, Tensor[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].TensorType, actual[i].TensorType);
            Assert.Equal(expected[i].ToContiguous().Bytes().ToArray(), actual[i].ToContiguous().Bytes().ToArray());
        }
    }
}
