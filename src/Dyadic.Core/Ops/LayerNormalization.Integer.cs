using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record LayerNormalization : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma) = (call.Codes(0), call.Weights(1));
        CodeNormalization norm = new(call, x, x.Codes.ToContiguous(), gamma.Codes.Length, NormGroups.Rows, Epsilon);
        return [new(norm.Affine(gamma, call.Inputs.Count > 2 ? call.Inputs[2] : null))];
    }
}

internal sealed partial record LayerNormalizationGradient : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (call.Inputs[0].Length == 0) return null;
        (FixedPointTensor x, FixedPointTensor gamma, FixedPointTensor dy) = (call.Codes(0), call.Weights(1), call.Codes(2));
        CodeNormalization norm = new(call, x, x.Codes.ToContiguous(), gamma.Codes.Length, NormGroups.Rows, Epsilon);
        (FixedPointTensor dx, Tensor dGamma, Tensor dBeta) = norm.Gradient(gamma, dy, dy.Codes.ToContiguous(), gamma.Codes.Shape);
        return [new(dx), dGamma, dBeta];
    }
}
