using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Nn.Recurrent;

public sealed class RecurrentTests
{
    public static TheoryData<bool, bool> Kinds => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory, MemberData(nameof(Kinds))]
    public void Time_first_is_batch_first_transposed(bool lstm, bool both)
    {
        Tensor x = Tensor.Normal(Shape.Of(2, 5, 3), new Rng(2));
        Tensor expected = New(lstm, both, batchFirst: true).Forward(x), actual = New(lstm, both, batchFirst: false).Forward(x.Transpose(0, 1)).Transpose(0, 1);
        Assert.Equal([2, 5, both ? 8 : 4], expected.Shape);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
    }

    [Fact]
    public void A_sequence_in_two_parts_gives_the_same_as_in_one()
    {
        Lstm lstm = new(3, 4, new Rng(1), layers: 2);
        Gru gru = new(3, 4, new Rng(1), layers: 2);
        Tensor x = Tensor.Normal(Shape.Of(2, 6, 3), new Rng(2)), zero = Tensor.Zeros(Shape.Of(2, 2, 4));
        (Tensor y1, Tensor h, Tensor c) = lstm.Forward(x.Slice(1, 0, 4), zero, zero);
        Assert.Equal(lstm.Forward(x).ToArray<float>(), Tensor.Concat(1, y1, lstm.Forward(x.Slice(1, 4), h, c).Y).ToArray<float>());
        (Tensor z1, Tensor g) = gru.Forward(x.Slice(1, 0, 4), zero);
        Assert.Equal(gru.Forward(x).ToArray<float>(), Tensor.Concat(1, z1, gru.Forward(x.Slice(1, 4), g).Y).ToArray<float>());
    }

    [Fact]
    public void Parameters_are_named_as_in_PyTorch()
    {
        string[] names = [.. new Lstm(3, 4, new Rng(1), layers: 2, bidirectional: true).NamedParameters().Select(p => $"{p.Name} {p.Tensor.Shape}")];
        Assert.Equal(16, names.Length);
        Assert.Contains("weight_ih_l0 [16, 3]", names);
        Assert.Contains("weight_ih_l1_reverse [16, 8]", names);
        Assert.Contains("bias_hh_l0_reverse [16]", names);
        Assert.Equal(["weight_ih_l0 [12, 3]", "weight_hh_l0 [12, 4]"], new Gru(3, 4, new Rng(1), bias: false).NamedParameters().Select(p => $"{p.Name} {p.Tensor.Shape}"));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_traced_graph_serves_any_batch(bool lstm, bool both)
    {
        Module module = New(lstm, both, batchFirst: true);
        Graph graph = module.Trace(Shape.Of(4, 3));
        Tensor x = Tensor.Normal(Shape.Of(5, 4, 3), new Rng(2));
        Assert.Equal(module.Forward(x).ToArray<float>(), new GraphInterpreter(graph).Run([x])[0].ToArray<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cell_learns_to_recall_its_first_input(bool lstm)
    {
        // The label is the sign of the first of six numbers.
        Module net = new Sequential(New(lstm, both: false, batchFirst: true, features: 1, hidden: 8), new Lambda(y => y.Select(1, -1)), new Linear(8, 2, new Rng(5)));
        Adam optimizer = new(net.NamedParameters(), 0.03);
        Rng rng = new(6);
        double Step(int i, bool train)
        {
            Tensor x = Tensor.Normal(Shape.Of(32, 6, 1), rng.Split(i));
            Tensor labels = Tensor.From<long>([.. Enumerable.Range(0, 32).Select(n => x.Get<float>(n, 0, 0) > 0 ? 1L : 0)], Shape.Of(32)), logits = net.Forward(x);
            if (!train) return Dyadic.Runs.Classification.Correct(logits, labels) / 32.0;
            net.ZeroGrad();
            Losses.CrossEntropy(logits, labels).Backward();
            optimizer.Step();
            return 0;
        }
        for (int i = 0; i < 150; i++) Step(i, train: true);
        Assert.True(Enumerable.Range(1000, 8).Average(i => Step(i, train: false)) > 0.9);
    }

    [Fact]
    public void States_and_inputs_of_other_shapes_are_refused()
    {
        Lstm lstm = new(3, 4, new Rng(1));
        Tensor x = Tensor.Zeros(Shape.Of(2, 5, 3)), state = Tensor.Zeros(Shape.Of(1, 2, 4));
        Assert.Contains("[1, 2, 4]", Assert.Throws<ShapeException>(() => lstm.Forward(x, state, Tensor.Zeros(Shape.Of(2, 4)))).Message);
        Assert.Throws<ShapeException>(() => lstm.Forward(Tensor.Zeros(Shape.Of(2, 3))));
        Assert.Throws<ShapeException>(() => lstm.Forward(Tensor.Zeros(Shape.Of(2, 0, 3))));
        Assert.Throws<ArgumentException>(() => new Gru(3, 0, new Rng(1)));
    }

    private static Module New(bool lstm, bool both, bool batchFirst, int features = 3, int hidden = 4) => lstm
        ? new Lstm(features, hidden, new Rng(1), bidirectional: both, batchFirst: batchFirst)
        : new Gru(features, hidden, new Rng(1), bidirectional: both, batchFirst: batchFirst);
}
