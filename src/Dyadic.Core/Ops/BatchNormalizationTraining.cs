using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (x − mean)·scale/√(variance + ε) + bias with mean and variance = Σ(x − mean)²/n of the batch, channel by channel.</summary>
/// <param name="Epsilon">ε.</param>
/// <remarks>Ioffe and Szegedy 2015, algorithm 1. Inputs: x [N, C, ..], scale and bias [C]. Outputs: y, mean [C], variance [C].</remarks>
public sealed partial record BatchNormalizationTraining(float Epsilon = 1e-5f) : Op, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.Inputs(3, inputs, Name);
        BatchNormalization.CheckVectors(inputs, Name);
        return [inputs[0], inputs[1], inputs[1]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BatchNormStep(BatchNormFunction.Training, Epsilon);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor mean) = (context.Inputs[0], context.Outputs[1]);
        (Tensor? dy, Tensor? dMean, Tensor? dVariance) = (context.OutputGradients[0], context.OutputGradients[1], context.OutputGradients[2]);
        Shape channels = Contractions.ChannelShape(x);
        double n = x.Length / (double)x.Shape[1];
        Tensor Centered() => x - mean.Reshape(channels);
        (Tensor? dx, Tensor? dScale, Tensor? dBias) = dy is null ? default : context.CreateGraph ? Composed(context, Centered(), dy, channels, n) : Fused(context, dy);
        dx ??= Tensor.Zeros(x.Shape, x.Type);
        if (dMean is not null) dx += (dMean * (1 / n)).Reshape(channels);
        if (dVariance is not null) dx += Centered() * (dVariance * (2 / n)).Reshape(channels);
        return [dx, dScale, dBias];
    }

    private (Tensor, Tensor, Tensor) Fused(GradientContext context, Tensor dy)
    {
        Tensor[] gradients = Door.Run(
            new BatchNormalizationGradient(Epsilon), context.Inputs[0], context.Inputs[1], context.Outputs[1], context.Outputs[2], dy);
        return (gradients[0], gradients[1], gradients[2]);
    }

    // With r = 1/√(var + ε) and x̂ = c·r: dbias = Σdy, dscale = Σdy·x̂, dx = scale·r·(dy − dbias/n − x̂·dscale/n).
    private (Tensor, Tensor, Tensor) Composed(GradientContext context, Tensor centered, Tensor dy, Shape channels, double n)
    {
        Tensor r = 1 / (context.Outputs[2] + Epsilon).Sqrt(), normal = centered * r.Reshape(channels);
        Tensor dBias = Contractions.SumToChannels(dy), dScale = Contractions.SumToChannels(dy * normal);
        Tensor inner = dy - (dBias * (1 / n)).Reshape(channels) - normal * (dScale * (1 / n)).Reshape(channels);
        return ((context.Inputs[1] * r).Reshape(channels) * inner, dScale, dBias);
    }
}

/// <summary>(x, scale, mean, variance, dy) → (dx, dscale, dbias): the gradient of <see cref="BatchNormalizationTraining"/> in one step.</summary>
/// <param name="Epsilon">ε.</param>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed partial record BatchNormalizationGradient(float Epsilon) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.Inputs(5, inputs, Name);
        BatchNormalization.CheckVectors(inputs[..4], Name);
        Ensure.Shape(inputs[4] == inputs[0], $"{Name}: dy is {inputs[4]}, y is {inputs[0]}.");
        return [inputs[0], inputs[1], inputs[1]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BatchNormStep(BatchNormFunction.Gradient, Epsilon);
}
