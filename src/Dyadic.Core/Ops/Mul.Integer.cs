using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Mul : IIntegerOp
{
    private const int ScalarBits = 16;

    // Integers multiplied, exponents added; a single number that enters as a float is rounded to the nearest 16-bit code.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (!call.HasCodes || call.HasSums) return null;
        (FixedPointTensor a, FixedPointTensor b) = (Operand(call, 0), Operand(call, 1));
        (Tensor left, Tensor right, bool swapped) = CodeAddition.Arranged(a.Codes, b.Codes);
        if (swapped) (a, b) = (b, a);
        if (b.Codes.Length == 1 && PowerOfTwo(b) is { } power) return [new(new FixedPointTensor(left, a.Exponent + power, a.Bits))];
        Tensor products = Tensor.EmptyLike(left, DType.Int32);
        CodeElementwise.Multiply(new(left.Storage()!.Bytes(), a.Bits), new(right.Storage()!.Bytes(), b.Bits), products.Storage()!.Span<int>(), call.Mode);
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return [call.Rounded(products, a.Exponent + b.Exponent)];
    }

    private static FixedPointTensor Operand(IntegerCall call, int index)
    {
        Tensor input = call.Inputs[index];
        return input.FixedPoint is null && input.Length == 1 ? FixedPointTensor.Map(input, ScalarBits, draw: null, headroom: 0, call.Mode) : call.Codes(index);
    }

    // k where the one number is 2ᵏ.
    private static int? PowerOfTwo(FixedPointTensor x)
    {
        int code = x.Codes.Type == DType.Int8 ? x.Codes.ToContiguous().Span<sbyte>()[0] : x.Codes.ToContiguous().Span<short>()[0];
        return int.IsPow2(code) ? x.Exponent + int.Log2(code) : null;
    }
}

public sealed partial record Neg : IIntegerOp
{
    // Every code has a negative.
    Tensor[]? IIntegerOp.Run(IntegerCall call) => call.HasCodes && !call.HasSums ? [OfCodes(call.Codes(0))] : null;

    internal static Tensor OfCodes(FixedPointTensor x)
    {
        Tensor source = x.Codes.Storage() is null ? x.Codes.ToContiguous() : x.Codes, lying = source.Storage()!, y = Tensor.EmptyLike(source, lying.Type);
        if (lying.Type == DType.Int8) System.Numerics.Tensors.TensorPrimitives.Negate<sbyte>(lying.Span<sbyte>(), y.Storage()!.Span<sbyte>());
        else System.Numerics.Tensors.TensorPrimitives.Negate<short>(lying.Span<short>(), y.Storage()!.Span<short>());
        GC.KeepAlive(lying);
        return IntegerCall.Like(x, y);
    }
}
