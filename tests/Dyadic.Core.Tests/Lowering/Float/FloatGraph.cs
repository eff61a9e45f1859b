using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Lowering.Float;

/// <summary>A float32 graph of one input, and its plan beside the graph.</summary>
internal sealed class FloatGraph
{
    private readonly Rng _rng = new(7);
    private readonly Tensor _x;

    /// <param name="x">The input's data; the leading dimension is the batch and stays open.</param>
    public FloatGraph(Tensor x)
    {
        _x = x;
        X = Builder.Input("x", new(DType.Float32, Shape.Create([.. x.Shape]).With(0, Dim.Symbol("N"))));
    }

    public FloatGraph(params int[] dims) : this(Tensor.Uniform(Shape.Of(dims), new Rng(3), -1, 1))
    {
    }

    public GraphBuilder Builder { get; } = new("g");

    public Value X { get; }

    public LoweringResult Lowered { get; private set; } = null!;

    public IEnumerable<string> Kernels => Lowered.Plan.Steps.Select(s => s.Step.Kernel);

    public Value Constant(params int[] dims) => Builder.Constant("c", Tensor.Uniform(Shape.Of(dims), _rng, -0.5f, 0.5f));

    public Value Scalar(double value) => Builder.Constant("s", Tensor.Scalar(value));

    public Value Add(string name, Op op, params ReadOnlySpan<Value> inputs) => Builder.Add(name, op, inputs);

    /// <summary>A 3×3 convolution that keeps the image.</summary>
    public Value Conv(string name, Value x, int outs) => Add(name, new Conv(default, [1, 1, 1, 1], default), x, Constant(outs, x.Shape[1], 3, 3));

    public Value Norm(string name, Value x)
    {
        int c = x.Shape[1];
        Value variance = Builder.Constant("v", Tensor.Full(Shape.Of(c), 0.7));
        return Add(name, new BatchNormalization(), x, Constant(c), Constant(c), Constant(c), variance);
    }

    /// <summary>Compiles, and compares with the graph run node by node, within 10⁻⁵ of the largest value of each output; NaN where the graph has NaN.</summary>
    public Plan Compile(params Value[] outputs)
    {
        foreach (Value output in outputs) Builder.Output(output);
        Graph graph = Builder.Build();
        Lowered = graph.Lower();
        Tensor[] expected = new GraphInterpreter(graph).Run([_x]);
        InstructionSet[] sets = [InstructionSet.None, .. InstructionSets.Available];
        foreach (ExecutionMode mode in (ExecutionMode[])[new(SimdWidth.Scalar, 1), .. sets.Select(s => ExecutionMode.Default with { Code = s })])
        {
            Tensor[] actual = new Session(Lowered.Plan, mode).Run(_x);
            for (int i = 0; i < expected.Length; i++) Near(expected[i].ToArray<float>(), actual[i].ToArray<float>(), $"{mode} output {i}\n{Lowered.Plan}");
        }
        return Lowered.Plan;
    }

    private static void Near(float[] expected, float[] actual, string how)
    {
        float bound = 1e-5f * expected.Where(float.IsFinite).Select(Math.Abs).Append(1).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= bound;
            Assert.True(same, $"element {i} is {actual[i]}, the graph gives {expected[i]}: {how}");
        }
    }
}
