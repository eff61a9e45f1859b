using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Core.Tests.Ops;

public sealed class LstmSequenceTests
{
    // Sizes whose products run on dot products, managed tiles and generated ones, the last cut among threads.
    public static TheoryData<int, int, int, int, bool> Sizes => new()
    {
        { 3, 2, 3, 4, false }, { 4, 3, 70, 66, true }, { 5, 37, 20, 65, false }, { 5, 37, 20, 65, true }, { 1, 64, 16, 32, false },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void It_has_the_bits_of_the_ops_one_by_one(int steps, int batch, int features, int hidden, bool reverse)
    {
        LstmSequence op = new(reverse);
        Tensor[] inputs = Inputs(steps, batch, features, hidden);
        Tensor[] expected = op.Compose(inputs);
        foreach (int threads in (int[])[1, 2, 3])
        {
            Tensor[] actual = On(threads, () => Door.Run(op, inputs));
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i].ToArray<float>(), actual[i].ToArray<float>());
        }
    }

    // The gates of files lie in another order, and their bias is the sum of two.
    [Theory, MemberData(nameof(Sizes))]
    public void Layers_of_files_have_its_bits(int steps, int batch, int features, int hidden, bool reverse)
    {
        Tensor[] inputs = Inputs(steps, batch, features, hidden), expected = Door.Run(new LstmSequence(reverse), inputs);
        CellFunctions functions = new(new(CellFunctionKind.Sigmoid), new(CellFunctionKind.Tanh), new(CellFunctionKind.Tanh));
        Tensor bias = Tensor.Concat(0, Turned(inputs[5]), Tensor.Zeros(Shape.Of(4 * hidden)));
        Tensor[] file =
        [
            inputs[0], Turned(inputs[1]).Unsqueeze(0), Turned(inputs[2]).Unsqueeze(0), bias.Unsqueeze(0), Tensor.Vector(int.MaxValue), inputs[3].Unsqueeze(0), inputs[4].Unsqueeze(0),
            Tensor.Zeros(Shape.Of(1, 3 * hidden)),
        ];
        foreach (int threads in (int[])[1, 2, 3])
        {
            Tensor[] actual = On(threads, () => Door.Run(new RecurrentSequence(new(RecurrentCell.Lstm, 1, reverse, functions, functions, 0)), file));
            int last = reverse ? 0 : steps - 1;
            Assert.Equal(expected[0].ToArray<float>(), actual[0].ToArray<float>());
            Assert.Equal(expected[0].Select(0, last).ToArray<float>(), actual[1].ToArray<float>());
            Assert.Equal(expected[1].Select(0, last).ToArray<float>(), actual[2].ToArray<float>());
        }

        // i f g o as i o f g.
        static Tensor Turned(Tensor w)
        {
            Tensor[] parts = w.Chunk(4, axis: 0);
            return Tensor.Concat(0, parts[0], parts[3], parts[1], parts[2]);
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Threads_change_no_bit_of_its_gradients_and_these_are_those_in_tensor_ops(int steps, int batch, int features, int hidden, bool reverse)
    {
        LstmSequence op = new(reverse);
        Tensor[] inputs = Inputs(steps, batch, features, hidden);
        Tensor?[] one = Gradients(1, createGraph: false), composed = Gradients(1, createGraph: true);
        foreach (int threads in (int[])[2, 3])
        {
            Tensor?[] more = Gradients(threads, createGraph: false);
            for (int i = 0; i < inputs.Length; i++) Assert.Equal(one[i]!.ToArray<float>(), more[i]!.ToArray<float>());
        }
        for (int i = 0; i < inputs.Length; i++)
        {
            float[] expected = composed[i]!.ToArray<float>(), actual = one[i]!.ToArray<float>();
            float limit = 1e-5f * Math.Max(1, expected.Max(Math.Abs));
            for (int j = 0; j < expected.Length; j++) Assert.InRange(actual[j], expected[j] - limit, expected[j] + limit);
        }

        Tensor?[] Gradients(int threads, bool createGraph) => On(threads, () =>
        {
            Tensor[] leaves = [.. inputs.Select(t => t.Detach())], outputs;
            foreach (Tensor leaf in leaves) leaf.RequiresGrad = true;
            outputs = Door.Run(op, leaves)[..2];
            Tensor?[] weights = [.. outputs.Select((o, i) => Tensor.Normal(o.Shape, new Rng(9).Split(i)))];
            return Autograd.Gradient(outputs, leaves, createGraph, weights);
        });
    }

    [Fact]
    public void The_layer_runs_it_in_float32_and_the_ops_while_a_graph_is_traced()
    {
        Lstm lstm = new(5, 8, new Rng(1), layers: 2, bidirectional: true);
        Tensor x = Tensor.Normal(Shape.Of(3, 6, 5), new Rng(2));
        Assert.Contains(Tape(lstm.Forward(x)), n => n.Op is LstmSequence);
        Assert.DoesNotContain(Dyadic.Ir.ModuleTracing.Trace(lstm, Shape.Of(6, 5)).Nodes, n => n.Op is LstmSequence);
        using (Arithmetic.Use(Arithmetic.Integer(16))) Assert.DoesNotContain(Tape(lstm.Forward(x)), n => n.Op is LstmSequence);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_by_name()
    {
        Tensor[] inputs = Inputs(2, 3, 4, 5);
        Assert.Contains("[20, 4] and [20, 5]", Refusal(1, Tensor.Zeros(Shape.Of(20, 5))));
        Assert.Contains("[3, 5] or [1, 5]", Refusal(4, Tensor.Zeros(Shape.Of(2, 5))));
        Assert.Contains("the bias", Refusal(5, Tensor.Zeros(Shape.Of(19))));

        string Refusal(int place, Tensor wrong) => Assert.Throws<ShapeException>(() => Door.Run(new LstmSequence(false), [.. inputs.Select((t, i) => i == place ? wrong : t)])).Message;
    }

    private static Tensor[] Inputs(int steps, int batch, int features, int hidden)
    {
        Rng rng = new(5);
        int[][] shapes = [[steps, batch, features], [4 * hidden, features], [4 * hidden, hidden], [batch, hidden], [1, hidden], [4 * hidden]];
        return [.. shapes.Select((s, i) => Tensor.Normal(Shape.Of(s), rng.Split(i), 0.3f))];
    }

    private static T On<T>(int threads, Func<T> run)
    {
        ExecutionMode former = Door.Mode;
        Door.Mode = former with { Threads = threads };
        try
        {
            return run();
        }
        finally
        {
            Door.Mode = former;
        }
    }

    private static IEnumerable<TapeNode> Tape(Tensor y)
    {
        Stack<TapeNode> left = new([y.Node!]);
        HashSet<TapeNode> seen = [];
        while (left.TryPop(out TapeNode? node))
        {
            if (!seen.Add(node)) continue;
            yield return node;
            foreach (Tensor input in node.Inputs)
                if (input.Node is { } producer) left.Push(producer);
        }
    }
}
