using Dyadic.Arithmetics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Ops;

public sealed partial record Neg : IIntegerOp
{
    // Every code has a negative.
    Tensor[]? IIntegerOp.Run(IntegerCall call) => call.HasCodes && !call.HasSums ? [OfCodes(call.Codes(0))] : null;

    internal static Tensor OfCodes(FixedPointTensor x) => CodeMaps.Of(x, Primitives.Negate<sbyte>, Primitives.Negate<short>);
}

public sealed partial record Abs : IIntegerOp
{
    // Every code has a magnitude: the exponent stays.
    Tensor[]? IIntegerOp.Run(IntegerCall call) => call.HasCodes && !call.HasSums ? [CodeMaps.Of(call.Codes(0), Primitives.Abs<sbyte>, Primitives.Abs<short>)] : null;
}

public sealed partial record Sign : IIntegerOp
{
    // −1, 0 and 1 are codes at exponent 0.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        FixedPointTensor x = call.Codes(0);
        return [new(new FixedPointTensor(CodeBounds.Clamped(x, -1, 1, call.Mode), 0, x.Bits))];
    }
}

/// <summary>Functions of codes that change neither exponent nor bits.</summary>
internal static class CodeMaps
{
    /// <summary>A function of a span of codes.</summary>
    public delegate void Map<T>(ReadOnlySpan<T> x, Span<T> y);

    /// <summary>f(q)·2ᴱ.</summary>
    public static Tensor Of(FixedPointTensor x, Map<sbyte> bytes, Map<short> shorts)
    {
        Tensor source = x.Codes.Dense(), lying = source.Storage()!, y = Tensor.EmptyLike(source, lying.Type);
        if (lying.Type == DType.Int8) bytes(lying.Span<sbyte>(), y.Storage()!.Span<sbyte>());
        else shorts(lying.Span<short>(), y.Storage()!.Span<short>());
        GC.KeepAlive(lying);
        return IntegerCall.Like(x, y);
    }
}
