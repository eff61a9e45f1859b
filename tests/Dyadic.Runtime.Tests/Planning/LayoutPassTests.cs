using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Float;
using Dyadic.Runtime.Steps.Integer;
using Dyadic.Runtime.Tests.Steps.Float;

namespace Dyadic.Runtime.Tests.Planning;

public class LayoutPassTests
{
    private const DType F = DType.Float32;
    private PlanBuilder _builder = new(batched: true);
    private readonly Rng _rng = new(9);

    [Fact]
    public void Convolutions_in_a_row_change_the_order_once_at_either_end()
    {
        int x = _builder.Input("x", F, [1, 3, 6, 6]);
        _builder.Output("y", Conv("c", Conv("b", Conv("a", x, [3, 6, 6], 8), [8, 6, 6], 5), [5, 6, 6], 7));
        Assert.Equal(["layout_nchw_nhwc", "conv_f32", "conv_f32", "conv_f32", "layout_nhwc_nchw"], Check());
    }

    [Fact]
    public void One_channel_or_one_pixel_needs_no_change()
    {
        int x = _builder.Input("x", F, [1, 1, 6, 6]);
        int y = Conv("a", x, [1, 6, 6], 4);
        _builder.Output("y", _builder.Add("mean", new GlobalAverageStep(), [y], (F, [1, 4, 1, 1]))[0]);
        Assert.Equal(["conv_f32", "reduce_mean"], Check());
    }

    [Fact]
    public void A_transpose_between_the_orders_is_a_copy_in_place()
    {
        int x = _builder.Input("x", F, [1, 6, 6, 3]);
        int first = _builder.Add("first", new TransposeStep([0, 3, 1, 2]), [x], (F, [1, 3, 6, 6]))[0];
        int back = _builder.Add("back", new TransposeStep([0, 2, 3, 1]), [Conv("a", first, [3, 6, 6], 5)], (F, [1, 6, 6, 5]))[0];
        _builder.Output("y", _builder.Add("relu", new UnaryStep(UnaryFunction.Relu), [back], (F, [1, 6, 6, 5]))[0]);
        Assert.Equal(["reshape", "conv_f32", "reshape", "unary_relu"], Check());
    }

    [Fact]
    public void A_value_that_both_orders_read_is_changed_once()
    {
        int y = Conv("a", _builder.Input("x", F, [1, 3, 4, 4]), [3, 4, 4], 5);
        int rows = _builder.Add("rows", new ReduceStep(ReduceFunction.Sum, [3]), [y], (F, [1, 5, 4]))[0];
        int turned = _builder.Add("turned", new TransposeStep([0, 1, 3, 2]), [y], (F, [1, 5, 4, 4]))[0];
        _builder.Output("rows", rows);
        _builder.Output("turned", turned);
        _builder.Output("b", Conv("b", y, [5, 4, 4], 2));
        Assert.Equal(["layout_nchw_nhwc", "conv_f32", "layout_nhwc_nchw", "reduce_sum", "transpose", "conv_f32", "layout_nhwc_nchw"], Check());
    }

    [Fact]
    public void Constants_that_broadcast_are_turned_at_once()
    {
        int y = Conv("a", _builder.Input("x", F, [1, 3, 4, 5]), [3, 4, 5], 6);
        int[][] shapes = [[6, 1, 1], [5], [1, 6, 4, 5], [4, 1], []];
        foreach (int[] dims in shapes)
        {
            float[] data = FloatStepCheck.Random(_rng, dims);
            int c = _builder.Constant("c", F, dims, MemoryMarshal.AsBytes<float>(data));
            y = _builder.Add("sum", new BinaryStep(BinaryFunction.Add), [c, y], (F, [1, 6, 4, 5]))[0];
        }
        _builder.Output("y", Conv("b", y, [6, 4, 5], 2));
        Assert.Equal(["layout_nchw_nhwc", "conv_f32", .. shapes.Select(_ => "binary_add"), "conv_f32", "layout_nhwc_nchw"], Check());
    }

    [Fact]
    public void A_constant_that_values_of_three_and_four_dimensions_read_is_turned_for_each()
    {
        _builder = new(batched: false);
        float[] data = FloatStepCheck.Random(_rng, [2, 3, 4]);
        int c = _builder.Constant("c", F, [2, 3, 4], MemoryMarshal.AsBytes<float>(data)), x = _builder.Input("x", F, [2, 3, 4]);
        int line = _builder.Add("line", new BinaryStep(BinaryFunction.Add), [Conv("a", x, [3, 4], 3, batch: 2), c], (F, [2, 3, 4]))[0];
        int image = _builder.Add("image", new IntReshape(), [line], (F, [1, 2, 3, 4]))[0];
        _builder.Output("y", _builder.Add("sum", new BinaryStep(BinaryFunction.Add), [Conv("b", image, [2, 3, 4], 2), c], (F, [1, 2, 3, 4]))[0]);
        Check(batch: 1);
    }

    [Fact]
    public void Rows_of_three_dimensions_have_an_order_too()
    {
        int y = Conv("a", _builder.Input("x", F, [1, 3, 7]), [3, 7], 6);
        int joined = _builder.Add("joined", new ConcatStep(1), [y, Conv("b", y, [6, 7], 2)], (F, [1, 8, 7]))[0];
        int parts = _builder.Add("parts", new SplitStep(1), [joined], (F, [1, 3, 7]), (F, [1, 5, 7]))[1];
        _builder.Output("y", _builder.Add("softmax", new SoftmaxStep(SoftmaxFunction.Softmax, 1), [parts], (F, [1, 5, 7]))[0]);
        Assert.Equal(["layout_nchw_nhwc", "conv_f32", "conv_f32", "concat", "split", "softmax", "layout_nhwc_nchw"], Check());
    }

    [Fact]
    public void A_reshape_of_the_pixels_alone_keeps_the_order()
    {
        int y = Conv("a", _builder.Input("x", F, [1, 3, 4, 6]), [3, 4, 6], 5);
        int flat = _builder.Add("flat", new IntReshape(), [y], (F, [1, 5, 24]))[0];
        _builder.Output("y", Conv("b", flat, [5, 24], 2));
        _builder.Output("mixed", _builder.Add("mixed", new IntReshape(), [flat], (F, [1, 10, 12]))[0]);
        Assert.Equal(["layout_nchw_nhwc", "conv_f32", "reshape", "conv_f32", "layout_nhwc_nchw", "layout_nhwc_nchw", "reshape"], Check());
    }

    // A window of 3 that keeps the size; from is [C, (H,) W].
    private int Conv(string name, int x, int[] from, int outs, int batch = 1)
    {
        Window window = from.Length == 2 ? new(1, 3, 1, 1, 0, 1, 0, 1) : new(3, 3, 1, 1, 1, 1, 1, 1);
        PackedConvStep step = new(FloatStepCheck.Random(_rng, [outs, from[0], window.Taps]), [], outs, 1, window, Clamp.None);
        return _builder.Add(name, step, [x], (F, [batch, outs, .. from[1..]]))[0];
    }

    // The kernels of the plan, whose outputs are those of its nodes in logical order.
    private unsafe string[] Check(int batch = 2)
    {
        Plan plan = _builder.Build();
        PlanValue input = plan.Inputs[0];
        float[] x = FloatStepCheck.Random(_rng, [batch, (int)input.Length]);
        NativeMemoryBlock[] fast = [.. plan.Outputs.Select(o => new NativeMemoryBlock(batch * o.Bytes))], slow = [.. plan.Outputs.Select(o => new NativeMemoryBlock(batch * o.Bytes))];
        fixed (float* px = x)
        {
            TensorView[] ins = [View(input, (byte*)px)];
            new Session(plan).Run(ins, [.. plan.Outputs.Select((o, i) => View(o, fast[i].Pointer))]);
            ReferenceInterpreter.Run(plan, ins, [.. plan.Outputs.Select((o, i) => View(o, slow[i].Pointer))]);
        }
        for (int i = 0; i < fast.Length; i++)
        {
            Span<float> a = new(fast[i].Pointer, (int)plan.Outputs[i].Length * batch), b = new(slow[i].Pointer, a.Length);
            for (int k = 0; k < a.Length; k++) Assert.True(Math.Abs(a[k] - b[k]) <= 1e-4 * Math.Max(1, Math.Abs(b[k])), $"output {i} element {k}: {a[k]}, the nodes give {b[k]}\n{plan}");
        }
        return [.. plan.Steps.Select(s => s.Step.Kernel)];

        TensorView View(PlanValue value, byte* data) => new(value.Type, [batch * value.Dims[0], .. value.Dims[1..]], data);
    }
}
