using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record BatchNormalization : IIntegerOp
{
    internal const int StatisticBits = 16;

    // One product and one sum for each code, rounded once. Statistics that integer training left are numbers of 16 bits; others are rounded to such, to the nearest.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma) = (call.Codes(0), call.Weights(1));
        CodeNormalization norm = new(call, x, CodeLayout.ChannelsLast(x.Codes), x.Codes.Shape[1], NormGroups.Columns, Epsilon);
        return norm.Given(gamma, call.Inputs[2], Statistic(call, 3), Statistic(call, 4)) is { } y ? [IntegerCall.Like(y, CodeLayout.ChannelsFirst(y.Codes))] : null;
    }

    private static FixedPointTensor Statistic(IntegerCall call, int index)
    {
        Tensor input = call.Inputs[index];
        return input.FixedPoint is { Bits: <= StatisticBits } codes ? codes : FixedPointTensor.Map(input, StatisticBits, draw: null, headroom: 0, call.Mode);
    }
}

public sealed partial record BatchNormalizationTraining : IIntegerOp
{
    // The statistics of the batch are integers, which the running ones take in. A rectifier is an op of its own on codes.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma) = (call.Codes(0), call.Weights(1));
        Tensor rows = CodeLayout.ChannelsLast(x.Codes);
        CodeNormalization norm = new(call, x, rows, x.Codes.Shape[1], NormGroups.Columns, Epsilon);
        FixedPointTensor y = norm.Affine(gamma, call.Inputs[2]);
        (Tensor mean, Tensor variance) = norm.Statistics();
        return [IntegerCall.Like(y, CodeLayout.ChannelsFirst(y.Codes)), mean, variance];
    }
}

internal sealed partial record BatchNormalizationGradient : IIntegerOp
{
    // Mean and variance are taken from the codes of x once more.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma, FixedPointTensor dy) = (call.Codes(0), call.Weights(1), call.Codes(4));
        Tensor rows = CodeLayout.ChannelsLast(x.Codes);
        CodeNormalization norm = new(call, x, rows, x.Codes.Shape[1], NormGroups.Columns, Epsilon);
        (FixedPointTensor dx, Tensor dGamma, Tensor dBeta) = norm.Gradient(gamma, dy, CodeLayout.ChannelsLast(dy.Codes), gamma.Codes.Shape);
        return [IntegerCall.Like(dx, CodeLayout.ChannelsFirst(dx.Codes)), dGamma, dBeta];
    }
}
