using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (x − mean)·scale/√(variance + ε) + bias with mean and variance = Σ(x − mean)²/n of the batch, channel by channel.</summary>
/// <param name="Epsilon">ε.</param>
/// <remarks>Ioffe and Szegedy 2015, algorithm 1. Inputs: x [N, C, ..], scale and bias [C]. Outputs: y, mean [C], variance [C].</remarks>
public sealed record BatchNormalizationTraining(float Epsilon = 1e-5f) : Op, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        BatchNormalization.CheckVectors(inputs, Name);
        return [inputs[0], inputs[1], inputs[1]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BatchNormStep(BatchNormFunction.Training, Epsilon);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor scale, Tensor? dy) = (context.Inputs[0], context.Inputs[1], context.OutputGradients[0]);
        (Tensor mean, Tensor variance) = (context.Outputs[1], context.Outputs[2]);
        (Tensor? dMean, Tensor? dVariance) = (context.OutputGradients[1], context.OutputGradients[2]);
        if (!context.CreateGraph && dy is not null && dMean is null && dVariance is null)
            return Door.Run(new BatchNormalizationGradient(Epsilon), x, scale, mean, variance, dy);
        Shape channels = Contractions.ChannelShape(x);
        Tensor centered = x - mean.Reshape(channels);
        double n = x.Length / (double)x.Shape[1];
        (Tensor? dx, Tensor? dScale, Tensor? dBias) = dy is null ? default : Composed(dy, centered, scale, variance, channels, n);
        dx ??= Tensor.Zeros(x.Shape, x.Type);
        if (dMean is not null) dx += (dMean * (1 / n)).Reshape(channels);
        if (dVariance is not null) dx += centered * (dVariance * (2 / n)).Reshape(channels);
        return [dx, dScale, dBias];
    }

    // With r = 1/√(var + ε) and x̂ = c·r: dbias = Σdy, dscale = Σdy·x̂, dx = scale·r·(dy − dbias/n − x̂·dscale/n).
    private (Tensor, Tensor, Tensor) Composed(Tensor dy, Tensor centered, Tensor scale, Tensor variance, Shape channels, double n)
    {
        Tensor r = 1 / (variance + Epsilon).Sqrt(), normal = centered * r.Reshape(channels);
        Tensor dBias = Contractions.SumToChannels(dy), dScale = Contractions.SumToChannels(dy * normal);
        Tensor inner = dy - (dBias * (1 / n)).Reshape(channels) - normal * (dScale * (1 / n)).Reshape(channels);
        return ((scale * r).Reshape(channels) * inner, dScale, dBias);
    }
}

/// <summary>(x, scale, mean, variance, dy) → (dx, dscale, dbias): the gradient of <see cref="BatchNormalizationTraining"/> in one step.</summary>
/// <param name="Epsilon">ε.</param>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed record BatchNormalizationGradient(float Epsilon) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [inputs[0], inputs[1], inputs[1]];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BatchNormStep(BatchNormFunction.Gradient, Epsilon);
}
