using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record LeakyRelu : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeSlopes.Run(call, Slope, value: 0);
}

public sealed partial record LeakyReluGradient : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => Slope == 0 ? CodeBounds.Select(call, _ => 1, _ => int.MaxValue) : CodeSlopes.Run(call, Slope, value: 1);
}

/// <summary>Slopes on codes: both branches meet exactly and are rounded once.</summary>
internal static class CodeSlopes
{
    private const float Steepest = 1 << (CodeSlope.ScaleBits - 1);      // whose multiplier has no fraction

    /// <summary>Input <paramref name="value"/> where input 0 is above 0, a times it elsewhere; null where what decides is no tensor of codes, or for slopes beyond the kernel's.</summary>
    public static Tensor[]? Run(IntegerCall call, float slope, int value)
    {
        if (call.Inputs[0].FixedPoint is not { Bits: <= 16 } || !(MathF.Abs(slope) < Steepest)) return null;
        (FixedPointTensor x, FixedPointTensor v) = (call.Codes(0), call.Codes(value));
        (Tensor decides, Tensor passes) = CodeLayout.Alike(x.Codes, v.Codes);
        DyadicScale scale = DyadicScale.Nearest(Math.Abs(slope), CodeSlope.ScaleBits);
        Tensor y = call.Made(passes, (codes, rounding, draw) => CodeSlope.Run(
            new(decides.Storage()!.Bytes(), x.Bits), new(passes.Storage()!.Bytes(), v.Bits), v.Exponent, scale, slope < 0, codes, call.OutputBits, call.Headroom, rounding, draw, call.Mode));
        GC.KeepAlive(decides);
        GC.KeepAlive(passes);
        return [y];
    }
}
