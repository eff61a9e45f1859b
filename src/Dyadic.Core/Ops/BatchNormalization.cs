using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (x − mean)·scale/√(variance + ε) + bias, channel by channel, with given statistics.</summary>
/// <param name="Epsilon">ε.</param>
/// <remarks>ONNX BatchNormalization at inference. Inputs: x [N, C, ..], scale, bias, mean and variance [C].</remarks>
public sealed partial record BatchNormalization(float Epsilon = 1e-5f) : Op, IFunctionBetweenMaps
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.Inputs(5, inputs, Name);
        CheckVectors(inputs, Name);
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new BatchNormStep(BatchNormFunction.Inference, Epsilon);

    // With r = 1/√(var + ε) and c = x − mean: dx = dy·scale·r, dscale = Σdy·c·r, dbias = Σdy, dmean = −scale·r·Σdy, dvar = −½·scale·r³·Σdy·c.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor scale, Tensor mean, Tensor dy) = (context.Inputs[0], context.Inputs[1], context.Inputs[3], context.Dy);
        Shape channels = Contractions.ChannelShape(x);
        Tensor r = 1 / (context.Inputs[4] + Epsilon).Sqrt();
        Tensor? dx = context.Needs(0) ? dy * (scale * r).Reshape(channels) : null;
        Tensor? sum = context.Needs(2) || context.Needs(3) ? Contractions.SumToChannels(dy) : null;
        Tensor? dot = context.Needs(1) || context.Needs(4) ? Contractions.SumToChannels(dy * (x - mean.Reshape(channels))) : null;
        return
        [
            dx, context.Needs(1) ? dot! * r : null, sum, context.Needs(3) ? -1.0 * (scale * r * sum!) : null,
            context.Needs(4) ? -0.5 * (scale * r * r * r * dot!) : null,
        ];
    }

    internal static void CheckVectors(ReadOnlySpan<TensorType> inputs, string op)
    {
        Shape x = inputs[0].Shape;
        Contractions.SameFloats(inputs, op);
        Ensure.Shape(x.Rank >= 2, $"{op}: x is {x}; [N, C, ..] is needed. Reshape it?");
        foreach (TensorType vector in inputs[1..])
            Ensure.Shape(vector.Shape == [x[1]], $"{op}: x {x} has {x[1]} channels, a vector of them is {vector.Shape}.");
    }
}

/// <summary>Batch normalisation on tensors.</summary>
public static class BatchNormalizationExtensions
{
    extension(Tensor x)
    {
        /// <summary>(x − mean)·scale/√(variance + ε) + bias with given statistics.</summary>
        public Tensor BatchNormalization(Tensor scale, Tensor bias, Tensor mean, Tensor variance, float epsilon = 1e-5f) =>
            x.Apply(new BatchNormalization(epsilon), scale, bias, mean, variance);

        /// <summary>The same with the statistics of the batch, which are returned too; the variance is Σ(x − mean)²/n.</summary>
        public (Tensor Y, Tensor Mean, Tensor Variance) BatchNormalizationTraining(Tensor scale, Tensor bias, float epsilon = 1e-5f)
        {
            Tensor[] outputs = Door.Run(new BatchNormalizationTraining(epsilon), x, scale, bias);
            return (outputs[0], outputs[1], outputs[2]);
        }
    }
}
