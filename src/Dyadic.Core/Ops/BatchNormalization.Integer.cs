using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record BatchNormalizationTraining : IIntegerOp
{
    // The statistics of the batch are floats: they end in the running ones, which are. A rectifier is an op of its own on codes.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma) = (call.Codes(0), call.Weights(1));
        Tensor rows = CodeNormalization.ChannelsLast(x.Codes);
        CodeNormalization norm = new(call, x, rows, x.Codes.Shape[1], NormGroups.Columns, Epsilon);
        FixedPointTensor y = norm.Affine(gamma, call.Inputs[2]);
        (Tensor mean, Tensor variance) = norm.Statistics();
        return [CodeNormalization.ChannelsFirst(y), mean, variance];
    }
}

internal sealed partial record BatchNormalizationGradient : IIntegerOp
{
    // Mean and variance are taken from the codes of x once more.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma, FixedPointTensor dy) = (call.Codes(0), call.Weights(1), call.Codes(4));
        Tensor rows = CodeNormalization.ChannelsLast(x.Codes);
        CodeNormalization norm = new(call, x, rows, x.Codes.Shape[1], NormGroups.Columns, Epsilon);
        (FixedPointTensor dx, Tensor dGamma, Tensor dBeta) = norm.Gradient(gamma, dy, CodeNormalization.ChannelsLast(dy.Codes), gamma.Codes.Shape);
        return [CodeNormalization.ChannelsFirst(dx), dGamma, dBeta];
    }
}
