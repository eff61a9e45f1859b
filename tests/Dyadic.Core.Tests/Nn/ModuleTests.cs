using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dropout = Dyadic.Nn.Dropout;

namespace Dyadic.Core.Tests.Nn;

public sealed class ModuleTests
{
    [Fact]
    public void Names_are_paths_in_the_order_of_registration()
    {
        Sequential net = new(new Linear(2, 3, new Rng(1)), new Sequential(new BatchNorm2D(3)), new Dropout(0.5f, new Rng(2)));
        Assert.Equal(["0.weight", "0.bias", "1.0.weight", "1.0.bias"], net.NamedParameters().Select(p => p.Name));
        Assert.Equal(["1.0.running_mean", "1.0.running_var", "2.calls"], net.NamedBuffers().Select(p => p.Name));
        Assert.Equal(["", "0", "1", "1.0", "2"], net.Descendants().Select(d => d.Path));
        Assert.Equal(net.NamedParameters().Concat(net.NamedBuffers()), net.State());
        Assert.Equal(6 + 3 + 3 + 3, net.ParameterCount());
    }

    [Fact]
    public void A_shared_parameter_counts_and_trains_once()
    {
        Linear shared = new(2, 2, new Rng(1));
        Sequential net = new(shared, shared);
        Assert.Equal(["0.weight", "0.bias"], net.NamedParameters().Select(p => p.Name));
        Assert.Equal(6, net.ParameterCount());
        net.LoadState(net.State().ToDictionary(s => s.Name, s => s.Tensor.Clone()));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    [InlineData("")]
    [InlineData("x.y")]
    public void A_name_that_is_taken_empty_or_dotted_is_refused(string name)
    {
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => new Parts(p => p.Parameter(name))).Message);
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => new Parts(p => p.Buffer(name))).Message);
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => new Parts(p => p.Child(name))).Message);
    }

    [Fact]
    public void State_of_another_module_is_refused_with_every_difference_and_changes_nothing()
    {
        Linear layer = new(2, 3, new Rng(1));
        float[] before = layer.Weight.ToArray<float>();
        Dictionary<string, Tensor> state = new() { ["weight"] = Tensor.Zeros(Shape.Of(3, 3)), ["scale"] = Tensor.Zeros(Shape.Of(1)) };
        string message = Assert.Throws<InvalidDataException>(() => layer.LoadState(state)).Message;
        Assert.All(["'weight' is float32[3, 3]", "the model has float32[3, 2]", "'bias' is missing", "'scale' is unknown"], part => Assert.Contains(part, message, StringComparison.OrdinalIgnoreCase));

        Dictionary<string, Tensor> almost = new() { ["weight"] = Tensor.Zeros(Shape.Of(3, 2)), ["bias"] = Tensor.Zeros(Shape.Of(3), DType.Float64) };
        Assert.Throws<InvalidDataException>(() => layer.LoadState(almost));
        Assert.Equal(before, layer.Weight.ToArray<float>());

        almost["bias"] = Tensor.Ones(Shape.Of(3));
        layer.LoadState(almost);
        Assert.All(layer.Weight.ToArray<float>(), w => Assert.Equal(0, w));
        Assert.Equal([1f, 1, 1], layer.Bias!.ToArray<float>());
        almost["bias"].Span<float>().Clear();
        Assert.Equal([1f, 1, 1], layer.Bias!.ToArray<float>());   // a copy
    }

    [Fact]
    public void Train_and_eval_reach_every_descendant()
    {
        Sequential net = new(new Sequential(new Dropout(0.5f, new Rng(1))), new BatchNorm2D(1));
        Assert.All(net.Descendants(), d => Assert.True(d.Module.IsTraining));
        net.Eval();
        Assert.All(net.Descendants(), d => Assert.False(d.Module.IsTraining));
        net.Train();
        Assert.All(net.Descendants(), d => Assert.True(d.Module.IsTraining));
    }

    [Fact]
    public void Evaluating_gives_back_the_behaviour_of_each_module()
    {
        BatchNorm2D frozen = new(1);
        Sequential net = new(new Sequential(new Dropout(0.5f, new Rng(1))), frozen);
        frozen.Eval();
        using (net.Evaluating()) Assert.All(net.Descendants(), d => Assert.False(d.Module.IsTraining));
        Assert.Equal(["", "0", "0.0"], net.Descendants().Where(d => d.Module.IsTraining).Select(d => d.Path));
    }

    [Fact]
    public void Arithmetic_holds_for_the_subtree_and_is_restored_after_an_exception()
    {
        Named outer = new("outer"), inner = new("inner");
        List<string> seen = [];
        Tensor See(Tensor x)
        {
            seen.Add(Arithmetic.Current.Name);
            return x;
        }
        Sequential net = new(new Lambda(See), new Sequential(new Lambda(See)) { Arithmetic = inner }, new Lambda(See)) { Arithmetic = outer };
        net.Forward(Tensor.Scalar(1));
        Assert.Equal(["outer", "inner", "outer"], seen);

        Lambda failing = new(_ => throw new InvalidOperationException("no")) { Arithmetic = inner };
        using (Arithmetic.Use(outer))
        {
            Assert.Throws<InvalidOperationException>(() => failing.Forward(Tensor.Scalar(1)));
            Assert.Same(outer, Arithmetic.Current);
        }
        Assert.Same(Arithmetic.Float32, Arithmetic.Current);
    }

    [Fact]
    public void Zero_grad_forgets_all_gradients()
    {
        Sequential net = new(new Linear(2, 2, new Rng(1)), new Linear(2, 1, new Rng(2)));
        net.Forward(Tensor.Ones(Shape.Of(1, 2))).ReduceSum().Backward();
        Assert.All(net.Parameters(), p => Assert.NotNull(p.Grad));
        net.ZeroGrad();
        Assert.All(net.Parameters(), p => Assert.Null(p.Grad));
    }

    private sealed class Parts : Module
    {
        public Parts(Action<Parts> then)
        {
            base.Parameter("a", Tensor.Scalar(0));
            base.Buffer("b", Tensor.Scalar(0));
            base.Child("c", new Lambda(x => x));
            then(this);
        }

        public void Parameter(string name) => base.Parameter(name, Tensor.Scalar(0));

        public void Buffer(string name) => base.Buffer(name, Tensor.Scalar(0));

        public void Child(string name) => base.Child(name, new Lambda(x => x));

        protected override Tensor Compute(Tensor x) => x;
    }

    private sealed class Named(string name) : Arithmetic
    {
        public override string Name => name;

        internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in Dyadic.Kernels.ExecutionMode mode) => op.Forward(inputs, mode);
    }
}
