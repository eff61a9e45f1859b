using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Lowering.Float;

public class LayerNormRuleTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void A_layer_norm_in_pieces_is_one_step(bool bias, bool power)
    {
        FloatGraph g = new(3, 4, 21);
        Value y = Normalised(g, power, 21);
        g.Compile(bias ? g.Add("bias", new Add(), g.Constant(21), y) : y);
        Assert.Equal(["layer_norm"], g.Kernels);
        Assert.Equal(bias ? 8 : 7, g.Lowered.Nodes.Count(n => n.FusedInto is not null));
    }

    [Fact]
    public void A_row_that_is_spread_over_a_single_mean_is_none()
    {
        FloatGraph g = new(3, 4, 1);
        g.Compile(Normalised(g, false, 5));
        Assert.DoesNotContain("layer_norm", g.Kernels);
    }

    [Fact]
    public void A_mean_over_another_axis_is_none()
    {
        FloatGraph g = new(3, 21, 21);
        g.Compile(Normalised(g, false, 21, axis: 1));
        Assert.DoesNotContain("layer_norm", g.Kernels);
    }

    [Fact]
    public void Deviations_that_others_read_are_computed_apart()
    {
        FloatGraph g = new(3, 4, 5);
        Value scaled = Normalised(g, false, 5), d = g.Add("again", new Sub(), g.X, g.Add("mean2", new ReduceMean([-1], true), g.X));
        g.Compile(scaled, g.Add("tanh", new Tanh(), d));
        Assert.DoesNotContain("layer_norm", g.Kernels);
    }

    private static Value Normalised(FloatGraph g, bool power, int row, int axis = -1)
    {
        Value d = g.Add("d", new Sub(), g.X, g.Add("mean", new ReduceMean([axis], true), g.X));
        Value square = power ? g.Add("square", new Pow(), d, g.Scalar(2)) : g.Add("square", new Mul(), d, d);
        Value root = g.Add("root", new Sqrt(), g.Add("sum", new Add(), g.Add("variance", new ReduceMean([axis], true), square), g.Scalar(1e-3)));
        return g.Add("scaled", new Mul(), g.Add("quotient", new Div(), d, root), g.Constant(row));
    }
}
