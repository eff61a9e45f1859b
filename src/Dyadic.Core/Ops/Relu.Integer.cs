using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Relu : IIntegerOp
{
    // Exact: the exponent stays.
    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeBounds.Clamp(call, 0, null);
}

public sealed partial record Clip : IIntegerOp
{
    // Bounds are codes: those nearest to them.
    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeBounds.Clamp(call, Low, High);
}

public sealed partial record ClipGradient : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) =>
        CodeBounds.Select(call, e => CodeBounds.Code(Low, e, int.MinValue, up: true), e => CodeBounds.Code(High, e, int.MaxValue, up: false));
}

/// <summary>Comparisons of codes with bounds.</summary>
internal static class CodeBounds
{
    /// <summary>min(max(x, low), high) on codes.</summary>
    public static Tensor[]? Clamp(IntegerCall call, double? low, double? high)
    {
        if (!call.HasCodes) return null;
        FixedPointTensor x = call.Codes(0);
        int Nearest(double? bound, int none) => bound is { } b ? (int)Math.Clamp(Math.Round(Math.ScaleB(b, -x.Exponent)), int.MinValue, int.MaxValue) : none;
        return [IntegerCall.Like(x, Clamped(x, Nearest(low, int.MinValue), Nearest(high, int.MaxValue), call.Mode))];
    }

    /// <summary>The codes min(max(q, least), most).</summary>
    public static Tensor Clamped(FixedPointTensor x, int least, int most, in ExecutionMode mode)
    {
        Tensor source = x.Codes.Dense(), lying = source.Storage()!, y = Tensor.EmptyLike(source, lying.Type);
        CodeElementwise.Clamp(new(lying.Bytes(), x.Bits), least, most, y.Storage()!.Bytes(), mode);
        GC.KeepAlive(lying);
        return y;
    }

    /// <summary>Input 1 where input 0 is within bounds, else 0.</summary>
    public static Tensor[]? Select(IntegerCall call, Func<int, int> least, Func<int, int> most)
    {
        if (call.Inputs[0].FixedPoint is null) return null;
        (FixedPointTensor x, FixedPointTensor dy) = (call.Codes(0), call.Codes(1));
        (Tensor decides, Tensor value) = CodeLayout.Alike(x.Codes, dy.Codes);
        Tensor y = Tensor.EmptyLike(value, value.Type);
        CodeElementwise.Select(
            new(decides.Storage()!.Bytes(), x.Bits), least(x.Exponent), most(x.Exponent), new(value.Storage()!.Bytes(), dy.Bits), y.Storage()!.Bytes(), call.Mode);
        GC.KeepAlive(decides);
        GC.KeepAlive(value);
        return [IntegerCall.Like(dy, y)];
    }

    /// <summary>The least code at or above a bound, or the largest at or below it.</summary>
    public static int Code(double? bound, int exponent, int none, bool up)
    {
        if (bound is not { } b) return none;
        double code = Math.ScaleB(b, -exponent);
        return (int)Math.Clamp(up ? Math.Ceiling(code) : Math.Floor(code), int.MinValue, int.MaxValue);
    }
}
