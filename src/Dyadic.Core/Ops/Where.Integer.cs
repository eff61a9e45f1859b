using Dyadic.Arithmetics;

namespace Dyadic.Ops;

public sealed partial record Where : IIntegerOp
{
    // Codes are moved, both sides at one exponent. A side that enters as floats takes that of the other if it is within its range; a mask's −10⁹ is not, and makes the choice float32's.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        (Tensor condition, Tensor a, Tensor b) = (call.Inputs[0], call.Inputs[1], call.Inputs[2]);
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor[] sides;
        if (a.FixedPoint is { } left && b.FixedPoint is { } right) sides = CodeMovement.AtOne(call, [left, right]);
        else if (Joined(call, (a.FixedPoint ?? b.FixedPoint)!, a.FixedPoint is null ? a : b) is not { } joined) return null;
        else sides = a.FixedPoint is { } codes ? [codes, joined] : [joined, b.FixedPoint!];
        Tensor moved = Forward([condition, sides[0].Codes, sides[1].Codes], call.Mode)[0];
        return [new(new FixedPointTensor(moved, sides[0].Exponent, sides.Max(s => s.Bits)))];
    }

    private static FixedPointTensor? Joined(IntegerCall call, FixedPointTensor codes, Tensor floats)
    {
        int own = FixedPointTensor.ExponentOf(floats, codes.Bits, call.Headroom, call.Mode);
        FixedPointTensor mapped = FixedPointTensor.MapAt(floats, codes.Exponent, codes.Bits, call.Draw(), call.Mode);
        return own <= codes.Exponent || mapped.IsZero(call.Mode) ? mapped : null;
    }
}
