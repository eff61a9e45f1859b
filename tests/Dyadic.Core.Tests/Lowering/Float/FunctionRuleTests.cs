using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Lowering.Float;

public class FunctionRuleTests
{
    private static readonly Tensor Points = Tensor.From([.. Enumerable.Range(-300, 600).Select(i => i * 0.1f)], Shape.Of(2, 300));

    [Fact]
    public void Gelu_is_one_step_however_it_is_written()
    {
        FloatGraph divided = new(Points);
        divided.Compile(Gelu(divided));
        Assert.Equal(["unary_gelu"], divided.Kernels);

        FloatGraph scaled = new(Points);         // (½ + ½·erf(x·√½))·x
        Value erf = scaled.Add("erf", new Erf(), scaled.Add("root", new Mul(), scaled.X, scaled.Scalar(Math.Sqrt(0.5))));
        Value phi = scaled.Add("phi", new Add(), scaled.Scalar(0.5), scaled.Add("half", new Mul(), erf, scaled.Scalar(0.5)));
        scaled.Compile(scaled.Add("gelu", new Mul(), phi, scaled.X));
        Assert.Equal(["unary_gelu"], scaled.Kernels);

        FloatGraph cubic = new(Points);          // ½·x·(tanh(√(2/π)·(x + 0.044715·x³)) + 1)
        Value cube = cubic.Add("c", new Mul(), cubic.Add("pow", new Pow(), cubic.X, cubic.Scalar(3)), cubic.Scalar(0.044715));
        Value inner = cubic.Add("k", new Mul(), cubic.Add("sum", new Add(), cubic.X, cube), cubic.Scalar(Math.Sqrt(2 / Math.PI)));
        Value one = cubic.Add("one", new Add(), cubic.Add("tanh", new Tanh(), inner), cubic.Scalar(1));
        cubic.Compile(cubic.Add("gelu", new Mul(), cubic.Add("half", new Mul(), cubic.X, cubic.Scalar(0.5)), one));
        Assert.Equal(["unary_gelutanh"], cubic.Kernels);
        Assert.All(cubic.Lowered.Nodes.Where(n => n.Node != "gelu"), n => Assert.Equal("gelu", n.FusedInto));
    }

    [Fact]
    public void A_clamp_beyond_the_points_where_gelu_is_recognised_still_clamps()
    {
        FloatGraph g = new(Points);
        g.Compile(g.Add("clip", new Clip(-10, 10), Gelu(g)));
        Assert.Equal(["map"], g.Kernels);
    }

    // x·(erf(x/√2) + 1)·½
    private static Value Gelu(FloatGraph g)
    {
        Value erf = g.Add("erf", new Erf(), g.Add("root", new Div(), g.X, g.Scalar(Math.Sqrt(2))));
        return g.Add("gelu", new Mul(), g.Add("twice", new Mul(), g.X, g.Add("one", new Add(), erf, g.Scalar(1))), g.Scalar(0.5));
    }

    [Fact]
    public void Another_function_is_a_list_of_its_ops()
    {
        FloatGraph g = new(Points);
        Value gate = g.Add("gate", new Clip(0, 6), g.Add("more", new Add(), g.X, g.Scalar(3)));
        g.Compile(g.Add("y", new Div(), g.Add("product", new Mul(), gate, g.X), g.Scalar(6)));
        Assert.Equal(["add_clip_mul_div"], g.Lowered.Plan.Steps.Select(s => s.Step.Details));
    }

    [Fact]
    public void Long_chains_are_cut_and_values_in_between_can_be_outputs()
    {
        FloatGraph g = new(Points);
        Value y = g.X, middle = g.X;
        for (int i = 0; i < 17; i++)
        {
            y = g.Add($"y{i}", i % 2 == 0 ? new Tanh() : new Add(), i % 2 == 0 ? [y] : [y, g.Scalar(0.3)]);
            if (i == 2) middle = y;
        }
        g.Compile(y, middle);
        Assert.Equal(["map", "map", "map"], g.Kernels);
        Assert.Equal([3, 2, 12], g.Lowered.Plan.Steps.Select(s => s.Step.Details.Split('_').Length));
    }
}
