using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Core.Tests.Golden;

/// <summary>Results and gradients against those of PyTorch 1.13, which tests/golden/torch/generate.py wrote with 9 digits.</summary>
public sealed class TorchGoldenTests
{
    public static TheoryData<string> Files => ["elementwise", "contractions", "pooling", "normalization", "shapes"];

    [Theory, MemberData(nameof(Files))]
    public void Results_and_gradients_equal_those_of_torch_in_float64(string file) => Assert.All(TorchCase.All(file), c => Check(c, DType.Float64, 5e-9));

    [Theory, MemberData(nameof(Files))]
    public void Results_and_gradients_equal_those_of_torch_in_float32(string file) => Assert.All(TorchCase.All(file), c => Check(c, DType.Float32, 1e-5));

    private static void Check(TorchCase c, DType type, double limit)
    {
        (string Name, Tensor Value)[] inputs = c.Inputs(type);
        foreach ((string name, _) in c.Gradients) inputs.Single(i => i.Name == name).Value.RequiresGrad = true;
        Tensor y = Ops(c, [.. inputs.Select(i => i.Value)]);
        Assert.Equal(c.Shape, y.Shape);
        TorchCase.AssertClose($"{c}: y", c.Y, y, limit);
        if (c.Gradients.Length == 0) return;
        y.Backward(c.Dy(type));
        foreach ((string name, double[] expected) in c.Gradients)
            TorchCase.AssertClose($"{c}: gradient of {name}", expected, inputs.Single(i => i.Name == name).Value.Grad!, limit);
    }

    private static Tensor Ops(TorchCase c, Tensor[] x) => c.Op switch
    {
        "matmul" => x[0].MatMul(x[1]),
        "linear" => x[0].Linear(x[1], x[2]),
        "conv" => x[0].Conv(x[1], x.ElementAtOrDefault(2), c.Dims("strides"), c.Dims("pads"), c.Dims("dilations"), c.Int("groups")),
        "conv_transpose" => x[0].ConvTranspose(
            x[1], x.ElementAtOrDefault(2), c.Dims("strides"), c.Dims("pads"), c.Dims("dilations"), c.Dims("output_padding"), c.Int("groups")),
        "max_pool" => x[0].MaxPool(c.Dims("kernel"), c.Dims("strides"), c.Dims("pads"), c.Dims("dilations"), c.Flag("ceil_mode")),
        "average_pool" => x[0].AveragePool(
            c.Dims("kernel"), c.Dims("strides"), c.Dims("pads"), ceilMode: c.Flag("ceil_mode"), countIncludePad: c.Flag("count_include_pad")),
        "global_average_pool" => x[0].GlobalAveragePool(),
        "batch_norm" => x[0].BatchNormalization(x[1], x[2], x[3], x[4], (float)c.Number("epsilon")),
        "batch_norm_training" => x[0].BatchNormalizationTraining(x[1], x[2], (float)c.Number("epsilon")).Y,
        "layer_norm" => x[0].LayerNormalization(x[1], x[2], c.Int("axis"), (float)c.Number("epsilon")),
        "softmax" => x[0].Softmax(c.Int("axis")),
        "log_softmax" => x[0].LogSoftmax(c.Int("axis")),
        _ => Shapes(c, x),
    };

    private static Tensor Shapes(TorchCase c, Tensor[] x) => c.Op switch
    {
        "reduce_sum" => x[0].ReduceSum(c.Dims("axes"), c.Flag("keep")),
        "reduce_mean" => x[0].ReduceMean(c.Dims("axes"), c.Flag("keep")),
        "reduce_max" => x[0].ReduceMax(c.Dims("axes"), c.Flag("keep")),
        "reduce_min" => x[0].ReduceMin(c.Dims("axes"), c.Flag("keep")),
        "transpose" => x[0].Permute(c.Dims("perm").Span),
        "reshape" => x[0].Reshape(c.Dims("shape").Span),
        "expand" => x[0].Expand(c.Dims("shape").Span),
        "slice" => Dyadic.Arithmetics.Door.Run(new Slice(c.Dims("starts"), c.Dims("ends"), c.Dims("axes"), c.Dims("steps")), x)[0],
        "concat" => Dyadic.Arithmetics.Door.Run(new Concat(c.Int("axis")), x)[0],
        "pad" => x[0].Pad(c.Dims("pads"), Enum.Parse<PadMode>(c.Text("mode"), ignoreCase: true), c.Number("value")),
        "gather" => x[0].Gather(x[1], c.Int("axis")),
        _ => Elementwise(c, x),
    };

    private static Tensor Elementwise(TorchCase c, Tensor[] x) => c.Op switch
    {
        "exp" => x[0].Exp(),
        "log" => x[0].Log(),
        "sqrt" => x[0].Sqrt(),
        "neg" => -x[0],
        "abs" => x[0].Abs(),
        "sigmoid" => x[0].Sigmoid(),
        "tanh" => x[0].Tanh(),
        "erf" => x[0].Erf(),
        "gelu" => x[0].Gelu(),
        "gelu_tanh" => x[0].Gelu(approximate: true),
        "relu" => x[0].Relu(),
        "leaky_relu" => x[0].LeakyRelu((float)c.Number("slope")),
        "softplus" => x[0].Softplus(),
        "clip" => x[0].Clip(c.Number("low"), c.Number("high")),
        "pow" => x[0].Pow(x[1]),
        "add" => x[0] + x[1],
        "sub" => x[0] - x[1],
        "mul" => x[0] * x[1],
        "div" => x[0] / x[1],
        "where" => x[0].Cast(DType.Bool).Where(x[1], x[2]),
        _ => throw new InvalidDataException($"{c}: no such op here."),
    };
}
