using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Arithmetics;

public class ArithmeticTests
{
    [Fact]
    public void A_gradient_is_computed_in_the_backward_arithmetic_of_its_forward_pass()
    {
        Recording backward = new("backward", null), forward = new("forward", backward);
        Tensor x = Tensor.Vector<float>([1, 2, 3]);
        x.RequiresGrad = true;
        Tensor y;
        using (Arithmetic.Use(forward)) y = x.Exp();
        y.ReduceSum().Backward();
        Assert.Equal(["Exp"], forward.Seen);
        Assert.Equal(["Mul"], backward.Seen);
        Assert.Same(Arithmetic.Float32, Arithmetic.Current);
    }

    [Fact]
    public void A_name_gives_its_arithmetic()
    {
        Assert.Same(Arithmetic.Float32, Arithmetic.Parse(" Float32 "));
        FormatException unknown = Assert.Throws<FormatException>(() => Arithmetic.Parse("float33"));
        Assert.All(ArithmeticNames.Forms, form => Assert.Contains(form, unknown.Message));
    }

    private sealed class Recording(string name, Arithmetic? backward) : Arithmetic
    {
        public List<string> Seen { get; } = [];

        public override string Name => name;

        internal override Arithmetic Backward => backward ?? this;

        internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
        {
            Seen.Add(op.Name);
            return op.Forward(inputs, mode);
        }
    }
}
