using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Core.Tests.Lowering.Float;

public class PackedRuleTests
{
    [Fact]
    public void Residual_blocks_are_two_steps_each_and_change_no_layout_between()
    {
        FloatGraph g = new(2, 6, 5, 5);
        Value x = g.X;
        for (int b = 0; b < 3; b++)
        {
            Value inner = g.Add($"r{b}", new Relu(), g.Norm($"n{b}", g.Conv($"c{b}", x, 6)));
            Value sum = g.Add($"sum{b}", new Add(), x, g.Norm($"m{b}", g.Conv($"d{b}", inner, 6)));
            x = g.Add($"block{b}", new Relu(), sum);
        }
        Plan plan = g.Compile(x);
        Assert.Equal(["layout_nchw_nhwc", .. Enumerable.Repeat("conv_f32", 6), "layout_nhwc_nchw"], g.Kernels);
        Assert.Equal(["3×3, relu", "3×3 + residual, relu"], plan.Steps.Skip(1).Take(2).Select(s => s.Step.Details));
        Assert.Contains("3×3 + residual, relu", plan.ToString());
        Assert.Contains("Float32[1,5,5,6]nhwc", plan.ToString());
        foreach (string fused in (string[])["sum1", "m1", "d1"])
            Assert.Equal(("block1", "conv_f32"), g.Lowered.Nodes.Where(n => n.Node == fused).Select(n => (n.FusedInto, n.Kernel)).Single());
        Assert.Null(g.Lowered.Nodes.Single(n => n.Node == "block1").FusedInto);
    }

    [Fact]
    public void Normalisations_scales_and_shifts_end_in_the_weights()
    {
        // ((3x − 1)·2 + 5)/4, then γ = 8, β = 1, mean = ½, var + ε = 4: ((6x + 3)/4 − ½)·4 + 1 = 6x + 2.
        FloatGraph g = new(Tensor.From([1f, 2, -1, 0.5f], Shape.Of(4, 1, 1, 1)));
        Value y = g.Add("conv", new Conv(default, default, default), g.X, Of(3, 1, 1, 1, 1), Of(-1, 1));
        y = g.Add("twice", new Mul(), Of(2, 1, 1, 1), y);
        y = g.Add("more", new Add(), y, Of(5));
        y = g.Add("quarter", new Div(), y, Of(4, 1, 1, 1, 1));
        y = g.Add("norm", new BatchNormalization(0.25f), y, Of(8, 1), Of(1, 1), Of(0.5f, 1), Of(3.75f, 1));
        Plan plan = g.Compile(y);
        Assert.IsType<PackedConvStep>(Assert.Single(plan.Nodes).Step);
        float[] results = new float[4];
        new Session(plan).Run<float, float>([1, 2, -1, 0.5f], results);
        Assert.Equal([8, 14, -4, 5], results);

        Value Of(float value, params int[] dims) => g.Builder.Constant("k", Tensor.Full(Shape.Of(dims), value));
    }

    [Theory]
    [InlineData(2, 2, 2, 2, 0, "up_conv_f32")]
    [InlineData(3, 1, 3, 1, 0, "up_conv_f32")]
    [InlineData(3, 2, 3, 2, 1, "conv_transpose")]      // cut off
    [InlineData(3, 2, 2, 2, 0, "conv_transpose")]      // windows that meet
    [InlineData(2, 2, 3, 2, 0, "conv_transpose")]      // and gaps
    public void A_transposed_convolution_whose_windows_lie_side_by_side_is_products_of_rows(int high, int wide, int down, int across, int pad, string kernel)
    {
        FloatGraph g = new(2, 5, 4, 6);
        Value up = g.Add("up", new ConvTranspose([down, across], [pad, 0, 0, 0], default, default), g.X, g.Constant(5, 7, high, wide), g.Constant(7));
        Plan plan = g.Compile(g.Add("y", new Relu(), g.Norm("norm", up)));
        Assert.Equal(kernel, plan.Steps.Select(s => s.Step.Kernel).First(k => !k.StartsWith("layout", StringComparison.Ordinal)));
        if (kernel == "up_conv_f32") Assert.Equal($"{high}×{wide}, relu", plan.Nodes.Select(n => n.Step.Details).First(d => d.Length > 0));
    }

    [Fact]
    public void A_transposed_convolution_along_a_line_is_one_too_and_takes_no_residual()
    {
        FloatGraph g = new(2, 5, 6);
        Value up = g.Add("up", new ConvTranspose([4], default, default, default), g.X, g.Constant(5, 3, 4));
        g.Compile(g.Add("y", new Add(), up, g.Add("other", new ConvTranspose([4], default, default, default), g.X, g.Constant(5, 3, 4))));
        Assert.Equal(["up_conv_f32", "up_conv_f32", "binary_add"], g.Kernels.Where(k => !k.StartsWith("layout", StringComparison.Ordinal)));
    }

    // Weights that nobody trains are shared with the graph; others are copied, for they change.
    [Fact]
    public void A_plan_keeps_the_weights_it_was_made_of()
    {
        Tensor weights = Tensor.Full(Shape.Of(2, 1, 1, 1), 3);
        weights.RequiresGrad = true;
        FloatGraph g = new(Tensor.From([1f, 2], Shape.Of(2, 1, 1, 1)));
        Plan plan = g.Compile(g.Add("conv", new Conv(default, default, default), g.X, g.Builder.Constant("w", weights)));
        using (Autograd.NoGrad()) weights.CopyFrom(Tensor.Zeros(weights.Shape));
        float[] results = new float[4];
        new Session(plan).Run<float, float>([1, 2], results);
        Assert.Equal([3, 3, 6, 6], results);
    }

    [Fact]
    public void A_product_takes_its_bias_residual_and_clamp()
    {
        FloatGraph g = new(3, 4, 7);
        Value first = g.Add("relu", new Relu(), g.Add("bias", new Add(), g.Constant(7), g.Add("product", new MatMul(), g.X, g.Constant(7, 7))));
        Value second = g.Add("clip", new Clip(null, 0.1), g.Add("sum", new Add(), g.Add("again", new MatMul(), first, g.Constant(7, 7)), g.X));
        Plan plan = g.Compile(second);
        Assert.Equal(["7→7, relu", "7→7 + residual, clamp -Infinity…0.1"], plan.Steps.Select(s => s.Step.Details));
    }

    [Fact]
    public void Convolutions_of_one_dimension_and_in_groups_say_so()
    {
        FloatGraph line = new(2, 6, 9);
        Value y = line.Add("conv", new Conv([2], [1, 1], [2], 3), line.X, line.Constant(6, 2, 3));
        Plan plan = line.Compile(line.Add("wise", new Conv(default, default, default, 6), y, line.Constant(6, 1, 2), line.Constant(6)));
        Assert.Equal([("conv_f32", "1×3/1×2 dilated 1×2 in 3 groups"), ("depthwise_f32", "1×2")], plan.Nodes.Select(s => (s.Step.Kernel, s.Step.Details)));
        Assert.Contains("[1,9,6]nwc", plan.ToString());
    }

    [Fact]
    public void What_others_read_or_the_caller_wants_is_not_fused_away()
    {
        FloatGraph output = new(2, 3, 4, 4);
        Value conv = output.Conv("conv", output.X, 3);
        output.Compile(conv, output.Add("relu", new Relu(), conv));
        Assert.Equal(["conv_f32", "unary_relu"], output.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));

        FloatGraph twice = new(2, 3, 4, 4);
        conv = twice.Conv("conv", twice.X, 3);
        twice.Compile(twice.Add("both", new Concat(1), twice.Add("relu", new Relu(), conv), twice.Add("tanh", new Tanh(), conv)));
        Assert.Equal(["conv_f32", "unary_relu", "unary_tanh", "concat"], twice.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));

        FloatGraph doubled = new(2, 3, 4, 4);
        conv = doubled.Conv("conv", doubled.X, 3);
        doubled.Compile(doubled.Add("sum", new Add(), conv, conv));
        Assert.Equal(["conv_f32", "binary_add"], doubled.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));

        FloatGraph spread = new(2, 3, 4, 4);         // a residual of another shape
        conv = spread.Conv("conv", spread.X, 3);
        spread.Compile(spread.Add("sum", new Add(), conv, spread.Add("mean", new GlobalAveragePool(), spread.X)));
        Assert.Equal(["conv_f32", "global_average", "binary_add"], spread.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));
    }

    [Fact]
    public void A_constant_along_another_axis_of_the_same_size_is_no_scale_of_channels()
    {
        FloatGraph image = new(2, 3, 4, 4);
        image.Compile(image.Add("columns", new Mul(), image.Conv("conv", image.X, 4), image.Constant(4)));
        Assert.Equal(["conv_f32", "binary_multiply"], image.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));

        FloatGraph rows = new(2, 4, 3);
        rows.Compile(rows.Add("norm", new Mul(), rows.Add("product", new MatMul(), rows.X, rows.Constant(3, 4)), rows.Constant(4, 1)));
        Assert.Equal(["linear_f32", "binary_multiply"], rows.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));
    }

    [Fact]
    public void A_scale_that_is_not_finite_stays_a_step()
    {
        // 1·1 − 1·1 = 0, so (x ∗ w)/0 is NaN only where the sum is 0; w/0 would be NaN everywhere.
        FloatGraph g = new(Tensor.From([1f, -1, 2, 1], Shape.Of(2, 2)));
        Value w = g.Builder.Constant("w", Tensor.Ones(Shape.Of(2, 1)));
        g.Compile(g.Add("quotient", new Div(), g.Add("product", new MatMul(), g.X, w), g.Scalar(0)));
        Assert.Equal(["linear_f32", "binary_divide"], g.Kernels);
    }

    [Fact]
    public void Not_a_number_stays_not_a_number()
    {
        float[] x = new float[2 * 5 * 6 * 7];
        for (int i = 0; i < x.Length; i++) x[i] = i == 250 ? float.NaN : MathF.Sin(i);
        foreach (Op clamp in (Op[])[new Relu(), new Clip(-0.1, 0.1), new Clip(null, 0), new Clip(0, null)])
        {
            FloatGraph g = new(Tensor.From(x, Shape.Of(2, 5, 6, 7)));
            Value y = g.Add("clamp", clamp, g.Conv("conv", g.X, 17));
            g.Compile(y, g.Add("last", clamp, g.Add("product", new MatMul(), y, g.Constant(7, 19))));
            Assert.Equal(["conv_f32", "linear_f32"], g.Lowered.Plan.Nodes.Select(n => n.Step.Kernel));
        }
    }

    [Fact]
    public void A_sum_takes_the_memory_of_the_residual_unless_the_convolution_reads_it_too()
    {
        FloatGraph g = new(1, 4, 6, 6);
        Value a = g.Conv("a", g.X, 4);
        Value sum = g.Add("sum", new Add(), a, g.Conv("c", g.Conv("b", a, 4), 4));
        Plan plan = g.Compile(g.Conv("end", sum, 4));
        Assert.Equal(plan.Offset(Written(plan, "a")), plan.Offset(Written(plan, "sum")));

        FloatGraph same = new(1, 4, 6, 6);
        a = same.Conv("a", same.X, 4);
        sum = same.Add("sum", new Add(), a, same.Conv("b", a, 4));
        plan = same.Compile(same.Conv("end", sum, 4));
        Assert.NotEqual(plan.Offset(Written(plan, "a")), plan.Offset(Written(plan, "sum")));
    }

    [Fact]
    public void Of_two_chains_the_later_one_takes_the_sum()
    {
        foreach (bool swapped in new[] { false, true })
        {
            FloatGraph g = new(2, 3, 4, 4);
            Value early = g.Conv("early", g.X, 5), late = g.Norm("norm", g.Conv("late", g.X, 5));
            g.Compile(g.Add("sum", new Add(), swapped ? [late, early] : [early, late]));
            Assert.Equal([("early", "3×3"), ("sum", "3×3 + residual")], g.Lowered.Plan.Nodes.Select(n => (n.Name, n.Step.Details)));
            Assert.Equal(["late", "norm"], g.Lowered.Nodes.Where(n => n.FusedInto == "sum").Select(n => n.Node));
        }
    }

    [Fact]
    public void Long_chains_and_deep_sums_are_searched_in_bounded_time()
    {
        FloatGraph g = new(1, 3);
        Value y = g.Add("product", new MatMul(), g.X, g.Constant(3, 3)), z = y;
        for (int i = 0; i < 3000; i++)
        {
            (y, z) = (g.Add($"y{i}", i % 2 == 0 ? new Relu() : new Mul(), i % 2 == 0 ? [y] : [y, g.Constant(3)]), y);
            if (i % 100 == 99) y = g.Add($"sum{i}", new Add(), y, z);
        }
        g.Compile(y);
    }

    [Fact]
    public void Between_convolutions_pools_joins_and_channel_constants_need_no_other_layout()
    {
        FloatGraph g = new(2, 3, 8, 8);
        Value y = g.Add("pool", new MaxPool([2, 2], [2, 2], default, default), g.Conv("a", g.X, 5));
        Value gate = g.Add("gate", new Sigmoid(), g.Add("mean", new GlobalAveragePool(), y));
        y = g.Add("gated", new Mul(), y, gate);
        y = g.Add("both", new Concat(1), y, g.Add("tanh", new Tanh(), y));
        y = g.Add("shifted", new Add(), y, g.Constant(1, 10, 1, 1));
        g.Compile(g.Add("flat", new Flatten(), g.Add("end", new GlobalAveragePool(), g.Conv("b", y, 7))));
        Assert.Equal(["a/layout"], g.Lowered.Plan.Steps.Where(s => s.Step.Kernel.StartsWith("layout", StringComparison.Ordinal)).Select(s => s.Name));
    }

    private static int Written(Plan plan, string node) => plan.Steps.Single(s => s.Name == node).Outputs[0].Value;
}
