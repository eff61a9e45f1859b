using System.Numerics;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Lowering;

public class IntegerLoweringTests
{
    // Ratios of these scales are no simple fractions: few results lie near a tie, where float32 may round to the other side.
    private static readonly QuantParams A = new(8, false, 0.0211374f, 17), B = new(8, true, 0.0137911f, -5), Y = new(8, false, 0.0301937f, 40);

    [Fact]
    public void A_sum_of_all_pairs_of_codes_is_its_equation_rounded_once()
    {
        (byte[] a, sbyte[] b) = AllPairs();
        Group g = new();
        Value sum = g.Real(Tensor.From(a, Shape.Of(256, 256)), A);
        Tensor y = g.Run(new Add(), Y, sum, g.Real(Tensor.From(b, Shape.Of(256, 256)), B));
        DyadicScale sa = DyadicScale.Nearest((double)A.Scales[0] / Y.Scales[0]), sb = DyadicScale.Nearest((double)B.Scales[0] / Y.Scales[0]);
        int[] m = new int[2];
        DyadicScale.Align([sa, sb], m, out int shift);
        byte[] actual = y.ToArray<byte>();
        for (int i = 0; i < actual.Length; i++)
        {
            BigInteger exact = (BigInteger)(a[i] - 17) * m[0] + (BigInteger)(b[i] + 5) * m[1];
            Assert.Equal((int)BigInteger.Clamp(HalfEven(exact, shift) + 40, 0, 255), actual[i]);
        }
    }

    [Fact]
    public void Sums_and_products_of_all_pairs_are_within_a_unit_of_the_real_graph_and_nearly_always_equal()
    {
        (byte[] a, sbyte[] b) = AllPairs();
        foreach (Op op in (Op[])[new Add(), new Mul()])
        {
            Group g = new();
            Tensor y = g.Run(op, Y, g.Real(Tensor.From(a, Shape.Of(256, 256)), A), g.Real(Tensor.From(b, Shape.Of(256, 256)), B));
            Near(g.Expected, y, 0.999);
        }
    }

    [Fact]
    public void Element_wise_ops_are_tables_of_their_definition()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        QuantParams wide = new(8, false, 0.0501739f, 120);
        foreach (Op op in (Op[])[new Relu(), new LeakyRelu(0.1f), new Sigmoid(), new Tanh(), new Gelu(), new Clip(-1, 2.5), new Exp(), new Neg()])
        {
            Group g = new();
            Near(g.Expecting(op, Y, g.Real(Tensor.From(codes, Shape.Of(1, 256)), wide)), g.Run(), 0.99);
            Assert.Single(g.Lowered!.Plan.Nodes);
        }
    }

    [Fact]
    public void An_expression_of_one_quantised_value_is_one_table()
    {
        // x·clip(x/6 + ½, 0, 1)
        Group g = new();
        Value x = g.Real(Tensor.From([.. Enumerable.Range(-128, 256).Select(i => (sbyte)i)], Shape.Of(1, 256)), new(8, true, 0.0501739f, 3));
        Value scaled = g.Builder.Add("scaled", new Mul(), x, g.Builder.Constant("sixth", Tensor.Scalar(1 / 6.0)));
        Value gate = g.Builder.Add("gate", new Clip(0, 1), g.Builder.Add("moved", new Add(), scaled, g.Builder.Constant("half", Tensor.Scalar(0.5))));
        Near(g.Expecting(new Mul(), Y, x, gate), g.Run(), 0.99);
        Assert.Equal("mul_8", Assert.Single(g.Lowered!.Plan.Nodes).Step.Kernel);
    }

    [Fact]
    public void Pools_concat_and_movement_need_no_float()
    {
        Rng rng = new(11);
        Tensor image = Codes(rng, 2, 3, 6, 6), other = Codes(rng, 2, 5, 6, 6);
        foreach (Op op in (Op[])
        [
            new MaxPool([2, 2], [2, 2], default, default), new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], default), new AveragePool([2, 2], [2, 2], default, default),
            new AveragePool([3, 3], [1, 1], [1, 1, 1, 1], default), new AveragePool([3, 3], [1, 1], [1, 1, 1, 1], default, false, true), new GlobalAveragePool(),
            new ReduceMean([2, 3], false), new ReduceMean([-1], true), new ReduceMean([1], false), new Reshape([0, -1]), new Transpose([0, 2, 3, 1]),
            new Slice([0, 5], [2, -7], [1, 3], [1, -2]), new Pad([0, 0, 1, 1, 0, 0, 2, 0]), new Flatten(),
        ])
        {
            Group g = new();
            Near(g.Expecting(op, Y, g.Real(image, A)), g.Run(), 0.99);
        }
        Group c = new();
        Near(c.Expecting(new Concat(1), Y, c.Real(image, A), c.Real(other, new(8, false, 0.0110917f, 90))), c.Run(), 0.999);
    }

    [Fact]
    public void Convolutions_of_every_kind_are_within_a_unit()
    {
        Rng rng = new(4);
        foreach ((int groups, int m, int cg, Dims strides, Dims pads) in ((int, int, int, Dims, Dims)[])
            [(1, 8, 6, [1, 1], [1, 1, 1, 1]), (2, 4, 3, [2, 2], [0, 1, 1, 0]), (6, 6, 1, [1, 1], [1, 1, 1, 1]), (6, 12, 1, [2, 1], [1, 1, 1, 1])])
        {
            Group g = new();
            Value w = g.Weight(Tensor.Uniform(Shape.Of(m, cg, 3, 3), rng, -0.3f, 0.3f), 0), bias = g.Builder.Constant("bias", Tensor.Uniform(Shape.Of(m), rng, -1, 1));
            Value y = g.Builder.Add("conv", new Conv(strides, pads, default, groups), g.Real(Codes(rng, 2, 6, 7, 5), A), w, bias);
            Near(g.Expecting(new Relu(), Y, y), g.Run(), 0.99);
            Assert.Single(g.Lowered!.Plan.Nodes);
        }
        Group line = new();
        Value kernel = line.Weight(Tensor.Uniform(Shape.Of(4, 3, 5), rng, -0.3f, 0.3f), 0);
        Near(line.Expecting(new Conv([2], [2, 2], default), Y, line.Real(Codes(rng, 2, 3, 20), A), kernel), line.Run(), 0.99);
    }

    // Both sides of a sum come from one input, one or both by way of a convolution. Where the codes of a convolution are an output too, it stays a step of its own.
    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(false, true, 1)]
    [InlineData(true, true, 2)]
    public void A_sum_behind_a_convolution_takes_its_other_term_as_a_residual_with_the_bytes_of_two_steps(bool left, bool right, int steps)
    {
        Tensor image = Codes(new Rng(14), 2, 24, 5, 7);
        LoweringResult fused = Sum(left, right, watched: false).Lower(), apart = Sum(left, right, watched: true).Lower();
        Assert.Equal((steps, steps + 1), (fused.Plan.Nodes.Count, apart.Plan.Nodes.Count));
        Assert.EndsWith("+ residual", fused.Plan.Nodes[^1].Step.Details, StringComparison.Ordinal);
        Assert.All(fused.Plan.Nodes.SkipLast(1).Concat(apart.Plan.Nodes), n => Assert.DoesNotContain("residual", n.Step.Details, StringComparison.Ordinal));
        Assert.Equal("y", fused.Nodes.Single(n => n.Node == (right ? "right_q" : "left_q")).FusedInto);
        byte[] expected = Plans.Bytes(new Session(apart.Plan).Run([image])[0]);
        Assert.Equal(expected, Plans.Bytes(new Session(fused.Plan).Run([image])[0]));
        Assert.Equal(expected, Plans.Bytes(fused.Plan.RunReference([image])[0]));

        Graph Sum(bool left, bool right, bool watched)
        {
            Rng rng = new(15);
            GraphBuilder b = new("sum");
            List<Value> outputs = [];
            Value x = Real("x_dq", b.Input("x", image.TensorType), A), first = left ? Branch("left") : x, second = right ? Branch("right") : x;
            b.Output(Quantized("y", b.Add("relu", new Relu(), b.Add("sum", new Add(), first, second)), Y));
            if (watched) foreach (Value codes in outputs) b.Output(codes);
            return b.Build();

            Value Branch(string name)
            {
                QuantParams p = QuantParams.Symmetric(0.1f);
                Value w = Real(name + "_w", b.Constant(name + "_c", Tensor.Uniform(Shape.Of(24, 24, 3, 3), rng, -0.1f, 0.1f).QuantizeLinear(p)), p);
                outputs.Add(Quantized(name + "_q", b.Add(name, new Conv([1, 1], [1, 1, 1, 1], default), x, w), B));
                return Real(name + "_dq", outputs[^1], B);
            }

            Value Real(string name, Value codes, QuantParams p) => b.Add(name, new DequantizeLinear(), codes, b.Constant(name + "_s", p.ScaleTensor()), b.Constant(name + "_z", p.ZeroPointTensor()));
            Value Quantized(string name, Value real, QuantParams p) => b.Add(name, new QuantizeLinear(), real, b.Constant(name + "_s", p.ScaleTensor()), b.Constant(name + "_z", p.ZeroPointTensor()));
        }
    }

    [Fact]
    public void Products_take_weights_with_or_without_a_zero_point()
    {
        Rng rng = new(5);
        Group g = new();
        Value product = g.Builder.Add("product", new MatMul(), g.Real(Codes(rng, 9, 30), A), g.Weight(Tensor.Uniform(Shape.Of(30, 7), rng, -0.2f, 0.2f), 1));
        Near(g.Expecting(new Add(), Y, product, g.Builder.Constant("bias", Tensor.Uniform(Shape.Of(7), rng, -1, 1))), g.Run(), 0.99);
        Assert.Single(g.Lowered!.Plan.Nodes);

        Group offset = new();
        Value w = offset.Constant(Codes(rng, 30, 7), new(8, false, 0.0020131f, 128));
        Near(offset.Expecting(new MatMul(), Y, offset.Real(Codes(rng, 9, 30), A), w), offset.Run(), 0.99);
    }

    [Fact]
    public void What_stays_real_says_why()
    {
        Rng rng = new(6);
        Group g = new();
        Value w = g.Builder.Constant("w", Tensor.Uniform(Shape.Of(2, 3, 1, 1), rng, -1, 1));
        LoweringResult result = g.Build(new Conv(default, default, default), Y, g.Real(Codes(rng, 1, 3, 4, 4), A), w).Lower();
        Assert.False(result.Plan.IsInteger);
        Assert.Contains(result.Floats, f => f.Node == "op" && f.Reason == "its weights 'w' are not quantised constants");
        Assert.Equal(["DequantizeLinear", "Conv", "QuantizeLinear"], result.Floats.Select(f => f.Op));
    }

    [Fact]
    public void An_accumulator_that_could_overflow_is_refused_by_name()
    {
        Group g = new();
        Value w = g.Constant(Tensor.Full(Shape.Of(80_000, 1), 127, DType.Int8), new(8, true, 0.1f, 0));
        Graph graph = g.Build(new MatMul(), Y, g.Real(Tensor.Zeros(Shape.Of(1, 80_000), DType.UInt8), A), w);
        PlanException e = Assert.Throws<PlanException>(() => graph.Compile());
        Assert.Contains("node 'q'", e.Message);
        Assert.Contains("|acc| can reach", e.Message);
    }

    [Fact]
    public void Arg_max_reads_codes()
    {
        Group g = new();
        Value x = g.Real(Codes(new Rng(8), 50, 10), A);
        g.Builder.Output(g.Builder.Add("top", new ArgMax(1, false, false), x));
        Assert.Equal(g.Evaluate().ToArray<long>(), g.Run().ToArray<long>());
        Assert.True(g.Lowered!.Plan.IsInteger);
    }

    internal static void Near(Tensor expected, Tensor actual, double equal)
    {
        int[] e = Integers(expected), a = Integers(actual);
        Assert.Equal(e.Length, a.Length);
        for (int i = 0; i < e.Length; i++) Assert.True(Math.Abs(e[i] - a[i]) <= 1, $"element {i}: {a[i]}, the real graph gives {e[i]}");
        int same = e.Zip(a, (p, q) => p == q).Count(s => s);
        Assert.True(same >= equal * e.Length, $"{same} of {e.Length} are equal");
    }

    private static int[] Integers(Tensor t) => t.Type == DType.Int8 ? Array.ConvertAll(t.ToArray<sbyte>(), x => (int)x) : Array.ConvertAll(t.ToArray<byte>(), x => (int)x);

    private static BigInteger HalfEven(BigInteger x, int shift)
    {
        BigInteger q = x >> shift, r = x - (q << shift), half = BigInteger.One << (shift - 1);
        return r > half || (r == half && !q.IsEven) ? q + 1 : q;
    }

    private static (byte[] A, sbyte[] B) AllPairs()
    {
        (byte[] a, sbyte[] b) = (new byte[65536], new sbyte[65536]);
        for (int i = 0; i < a.Length; i++) (a[i], b[i]) = ((byte)(i >> 8), (sbyte)i);
        return (a, b);
    }

    private static Tensor Codes(Rng rng, params int[] dims)
    {
        byte[] codes = new byte[Shape.Of(dims).Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = (byte)(rng.NextDouble() * 256);
        return Tensor.From(codes, Shape.Of(dims));
    }
}

/// <summary>A graph that is fed with codes and ends in codes, with what it must give.</summary>
internal sealed class Group
{
    private readonly List<Tensor> _inputs = [];
    private Graph? _graph;

    public GraphBuilder Builder { get; } = new("group");

    public LoweringResult? Lowered { get; private set; }

    public Tensor Expected => Evaluate();

    public Value Real(Tensor codes, QuantParams p)
    {
        Value x = Builder.Input($"x{_inputs.Count}", codes.TensorType);
        _inputs.Add(codes);
        return Builder.Add($"{x.Name}_dq", new DequantizeLinear(), x, Builder.Constant(x.Name + "_s", p.ScaleTensor()), Builder.Constant(x.Name + "_z", p.ZeroPointTensor()));
    }

    public Value Constant(Tensor codes, QuantParams p) =>
        Builder.Add("w_dq", new DequantizeLinear(p.Axis ?? 1), Builder.Constant("w_q", codes), Builder.Constant("w_s", p.ScaleTensor()), Builder.Constant("w_z", p.ZeroPointTensor()));

    public Value Weight(Tensor real, int axis)
    {
        float[] most = new float[real.Shape[axis]];
        Array.Fill(most, 0.35f);
        for (int c = 0; c < most.Length; c++) most[c] += 0.01f * c;
        QuantParams p = QuantParams.SymmetricPerAxis(most, axis);
        return Constant(real.QuantizeLinear(p), p);
    }

    public Graph Build(Op op, QuantParams to, params Value[] inputs)
    {
        Value y = Builder.Add("op", op, inputs);
        Builder.Output(Builder.Add("q", new QuantizeLinear(), y, Builder.Constant("y_s", to.ScaleTensor()), Builder.Constant("y_z", to.ZeroPointTensor())));
        return _graph = Builder.Build();
    }

    public Tensor Expecting(Op op, QuantParams to, params Value[] inputs)
    {
        Build(op, to, inputs);
        return Evaluate();
    }

    public Tensor Evaluate() => new GraphInterpreter(_graph ??= Builder.Build()).Run([.. _inputs])[0];

    public Tensor Run(Op op, QuantParams to, params Value[] inputs)
    {
        Build(op, to, inputs);
        return Run();
    }

    /// <summary>What the integer plan gives; the reference interpreter must give the same bytes.</summary>
    public Tensor Run()
    {
        Lowered = (_graph ??= Builder.Build()).Lower();
        Assert.True(Lowered.Plan.IsInteger, string.Join('\n', Lowered.Floats));
        Tensor like = Tensor.Zeros(_graph.Outputs[0].Shape, _graph.Outputs[0].Type.Type);
        Tensor fast = Plans.Run(Lowered.Plan, [.. _inputs], [like])[0], slow = Plans.Run(Lowered.Plan, [.. _inputs], [like], reference: true)[0];
        Assert.Equal(Plans.Bytes(slow), Plans.Bytes(fast));
        return fast;
    }
}
