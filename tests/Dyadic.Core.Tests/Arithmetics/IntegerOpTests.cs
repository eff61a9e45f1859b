using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>What holds for every op in integer arithmetic.</summary>
[Collection(nameof(GlobalMode))]
public class IntegerOpTests
{
    private const double Near = 1e-3;      // of the largest value: 16-bit codes, rounded a few times

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, OpCases.All.Count)];

    [Theory, MemberData(nameof(Cases))]
    public void In_16_bits_results_and_gradients_are_those_of_float32(int row)
    {
        OpCase c = OpCases.All[row];
        Tensor[] inputs = [.. c.Inputs(new Rng(3)).Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t)];
        if (inputs[0].Type != DType.Float32) return;
        FixedPointTensor?[] codes = [.. inputs.Select(t => t.Type == DType.Float32 ? FixedPointTensor.Map(t, 16) : null)];
        (Tensor[] expected, Tensor?[] slopes) = Run(c.Op, [.. codes.Select((q, i) => q?.ToTensor() ?? inputs[i])], Arithmetic.Float32);
        IntegerFormat format = IntegerFormat.Parse("int16:nearest");
        (Tensor[] actual, Tensor?[] integerSlopes) = Run(c.Op, [.. codes.Select((q, i) => q is null ? inputs[i] : new Tensor(q))], Arithmetic.Integer(format));
        for (int i = 0; i < expected.Length; i++) AssertNear(expected[i], actual[i], $"{c}: output {i}");
        for (int i = 0; i < slopes.Length; i++)
            if (slopes[i] is { } slope) AssertNear(slope, integerSlopes[i]!, $"{c}: gradient {i}");
    }

    // Quotients of tensors are float32's.
    [Fact]
    public void Ops_on_codes_give_codes()
    {
        HashSet<string> floats = [];
        foreach (OpCase c in OpCases.All.Where(c => c.Op is IIntegerOp))
        {
            Tensor[] inputs = [.. c.Inputs(new Rng(3)).Select(t => t.Type == DType.Float64 ? new Tensor(FixedPointTensor.Map(t.Cast(DType.Float32), 8)) : t)];
            if (inputs[0].Type != DType.Float32) continue;
            using (Arithmetic.Use(Arithmetic.Integer(8)))
                if (Array.Exists(Door.Run(c.Op, inputs), o => o.Type == DType.Float32 && o.FixedPoint is null)) floats.Add(c.Op.Name);
        }
        Assert.Equal("Div", string.Join(", ", floats.Order()));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Every_width_and_number_of_threads_gives_the_same_bytes(int row)
    {
        OpCase c = OpCases.All[row];
        if (c.Op is not IIntegerOp) return;
        Tensor[] inputs = [.. c.Inputs(new Rng(5)).Select(t => t.Type == DType.Float64 ? t.Cast(DType.Float32) : t)];
        if (!Array.Exists(inputs, i => i.Type == DType.Float32)) return;
        FixedPointTensor?[] codes = [.. inputs.Select(t => t.Type == DType.Float32 ? FixedPointTensor.Map(t, 8) : null)];
        ExecutionMode former = Door.Mode;
        (byte[][] Bytes, int[] Exponents)? first = null;
        try
        {
            foreach (SimdWidth width in (SimdWidth[])[SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512])
                foreach (int threads in (int[])[1, 2])
                {
                    Door.Mode = former with { Width = width, Threads = threads };
                    (Tensor[] outputs, Tensor?[] slopes) = Run(c.Op, [.. codes.Select((q, i) => q is null ? inputs[i] : new Tensor(q))], Arithmetic.Integer(8, seed: 6));
                    Tensor[] all = [.. outputs, .. slopes.OfType<Tensor>()];
                    byte[][] bytes = [.. all.Select(t => (t.FixedPoint?.Codes ?? t).ToContiguous().Bytes().ToArray())];
                    int[] exponents = [.. all.Select(t => t.FixedPoint?.Exponent ?? 0)];
                    first ??= (bytes, exponents);
                    Assert.Equal(first.Value.Exponents, exponents);
                    Assert.Equal(first.Value.Bytes, bytes);
                }
        }
        finally
        {
            Door.Mode = former;
        }
    }

    private static (Tensor[] Outputs, Tensor?[] Gradients) Run(Op op, Tensor[] inputs, Arithmetic arithmetic)
    {
        foreach (Tensor input in inputs.Where(i => i.Type == DType.Float32)) input.RequiresGrad = true;
        Tensor[] outputs;
        using (Arithmetic.Use(arithmetic)) outputs = Door.Run(op, inputs);
        Tensor[] smooth = [.. outputs.Where(o => o.RequiresGrad)];
        if (!op.IsDifferentiable || smooth.Length == 0) return (outputs, []);
        Rng rng = new(4);
        Tensor[] weights = [.. smooth.Select(o => Tensor.Uniform(o.Shape, rng, 0.5f, 1.5f))];
        Tensor[] wanted = [.. inputs.Where(i => i.RequiresGrad)];
        return (outputs, Autograd.Gradient(smooth, wanted, outputGradients: weights, retainGraph: true));
    }

    private static void AssertNear(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.TensorType, actual.TensorType);
        if (expected.Type != DType.Float32) return;
        float[] e = expected.ToArray<float>(), a = actual.ToArray<float>();
        double scale = Math.Max(e.Select(Math.Abs).DefaultIfEmpty().Max(), 1e-3);
        for (int i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - a[i]) <= Near * scale || (float.IsNaN(e[i]) && float.IsNaN(a[i])) || e[i] == a[i], $"{what}: element {i} is {a[i]}, not {e[i]}");
    }
}
