using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Mul : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) =>
        call.HasCodes && !call.HasSums ? [CodeProducts.Of(call, CodeProducts.Operand(call, 0), CodeProducts.Operand(call, 1))] : null;
}

public sealed partial record Div : IIntegerOp
{
    // By one number that enters as a float: times its reciprocal, which is rounded as such a number is. Other quotients are float32's.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        Tensor b = call.Inputs[1];
        if (call.Inputs[0].FixedPoint is null || call.HasSums || b.FixedPoint is not null || b.Length != 1) return null;
        float reciprocal = 1 / b.Item<float>();
        return float.IsNormal(reciprocal) ? [CodeProducts.Of(call, call.Codes(0), CodeProducts.Number(Tensor.Full(b.Shape, reciprocal), call))] : null;
    }
}

/// <summary>Integers multiplied, exponents added.</summary>
internal static class CodeProducts
{
    private const int ScalarBits = 16;

    /// <summary>a·b, rounded once; exact where b is one power of two.</summary>
    public static Tensor Of(IntegerCall call, FixedPointTensor a, FixedPointTensor b)
    {
        (Tensor left, Tensor right, bool swapped) = CodeAddition.Arranged(a.Codes, b.Codes);
        if (swapped) (a, b) = (b, a);
        if (b.Codes.Length == 1 && PowerOfTwo(b) is { } power) return new(new FixedPointTensor(left, a.Exponent + power, a.Bits));
        Tensor products = Tensor.EmptyLike(left, DType.Int32);
        CodeElementwise.Multiply(new(left.Storage()!.Bytes(), a.Bits), new(right.Storage()!.Bytes(), b.Bits), products.Storage()!.Span<int>(), call.Mode);
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return call.Rounded(products, a.Exponent + b.Exponent);
    }

    /// <summary>An input as codes; a single number that enters as a float is rounded to the nearest 16-bit code.</summary>
    public static FixedPointTensor Operand(IntegerCall call, int index)
    {
        Tensor input = call.Inputs[index];
        return input.FixedPoint is null && input.Length == 1 ? Number(input, call) : call.Codes(index);
    }

    /// <summary>The nearest 16-bit code of one number.</summary>
    public static FixedPointTensor Number(Tensor x, IntegerCall call) => FixedPointTensor.Map(x, ScalarBits, draw: null, headroom: 0, call.Mode);

    // k where the one number is 2ᵏ.
    private static int? PowerOfTwo(FixedPointTensor x)
    {
        int code = x.Codes.Type == DType.Int8 ? x.Codes.ToContiguous().Span<sbyte>()[0] : x.Codes.ToContiguous().Span<short>()[0];
        return int.IsPow2(code) ? x.Exponent + int.Log2(code) : null;
    }
}
