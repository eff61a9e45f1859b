using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Golden;

/// <summary>Losses and their gradients against those of PyTorch 1.13 in float64.</summary>
public sealed class TorchLossTests
{
    [Fact]
    public void Losses_and_gradients_equal_those_of_torch_in_float64() => Assert.All(TorchCase.All("losses"), c => Check(c, DType.Float64, 1e-8));

    [Fact]
    public void Losses_and_gradients_equal_those_of_torch_in_float32() => Assert.All(TorchCase.All("losses"), c => Check(c, DType.Float32, 2e-6));

    private static void Check(TorchCase c, DType type, double limit)
    {
        (string Name, Tensor Value)[] inputs = c.Inputs(type);
        foreach ((string name, _) in c.Gradients) inputs.Single(i => i.Name == name).Value.RequiresGrad = true;
        (Tensor x, Tensor target) = (inputs[0].Value, inputs[1].Value);
        Tensor loss = c.Op switch
        {
            "cross_entropy" => Losses.CrossEntropy(x, target, (float)c.Number("smoothing")),
            "mse" => Losses.MeanSquaredError(x, target),
            "bce_with_logits" => Losses.BinaryCrossEntropyWithLogits(x, target),
            _ => throw new InvalidDataException($"{c}: no such loss here."),
        };
        TorchCase.AssertClose($"{c}: loss", c.Y, loss, limit);
        loss.Backward(c.Dy(type));
        foreach ((string name, double[] expected) in c.Gradients)
            TorchCase.AssertClose($"{c}: gradient of {name}", expected, inputs.Single(i => i.Name == name).Value.Grad!, limit);
    }
}
