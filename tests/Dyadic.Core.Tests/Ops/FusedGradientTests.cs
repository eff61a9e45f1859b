using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Ops;

/// <summary>A gradient in one step equals the gradient in tensor ops, which is taken when it will be differentiated again.</summary>
public sealed class FusedGradientTests
{
    public static TheoryData<string> Names => ["batch_norm", "batch_norm vector", "layer_norm", "layer_norm 2 axes", "softmax", "softmax middle", "log_softmax", "log_softmax middle", "lstm", "lstm reverse"];

    [Theory, MemberData(nameof(Names))]
    public void Fused_and_composed_gradients_agree_in_float64(string name) => Compare(name, DType.Float64, 1e-11);

    [Theory, MemberData(nameof(Names))]
    public void Fused_and_composed_gradients_agree_in_float32(string name) => Compare(name, DType.Float32, 2e-5);

    private static void Compare(string name, DType type, double limit)
    {
        Rng rng = new(11);
        (Op op, int[][] shapes) = Case(name);
        Tensor[] inputs = [.. shapes.Select(s => Tensor.Normal(Shape.Of(s), rng, 0.5f).Cast(type))];
        foreach (Tensor input in inputs) input.RequiresGrad = true;
        Tensor y = Door.Run(op, inputs)[0], dy = Tensor.Normal(y.Shape, rng).Cast(type);
        Tensor?[] fused = Autograd.Gradient([y], inputs, outputGradients: [dy], retainGraph: true);
        Tensor?[] composed = Autograd.Gradient([y], inputs, createGraph: true, outputGradients: [dy]);
        for (int i = 0; i < inputs.Length; i++)
        {
            double distance = Tolerance.Distance(fused[i]!.Cast(DType.Float64).ToArray<double>(), composed[i]!.Cast(DType.Float64).ToArray<double>());
            Assert.True(distance <= limit, $"{name}: the gradients of input {i} differ by {distance:g3}.");
        }
    }

    private static (Op Op, int[][] Shapes) Case(string name) => name switch
    {
        "batch_norm" => (new BatchNormalizationTraining(), [[8, 5, 7, 9], [5], [5]]),
        "batch_norm vector" => (new BatchNormalizationTraining(), [[33, 6], [6], [6]]),
        "layer_norm" => (new LayerNormalization(-1), [[7, 11, 37], [37], [37]]),
        "layer_norm 2 axes" => (new LayerNormalization(1), [[70, 5, 13], [5, 13], [5, 13]]),
        "softmax" => (new Softmax(-1), [[9, 6, 19]]),
        "softmax middle" => (new Softmax(1), [[9, 6, 19]]),
        "log_softmax" => (new LogSoftmax(-1), [[9, 6, 19]]),
        "log_softmax middle" => (new LogSoftmax(1), [[9, 6, 19]]),
        "lstm" => (new LstmSequence(false), [[5, 3, 6], [44, 6], [44, 11], [3, 11], [1, 11], [44]]),
        "lstm reverse" => (new LstmSequence(true), [[5, 3, 6], [44, 6], [44, 11], [1, 11], [3, 11]]),
        _ => throw new ArgumentException(name),
    };
}
