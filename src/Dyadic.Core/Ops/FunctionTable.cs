using System.Runtime.InteropServices;
using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

/// <summary>Functions of 8-bit codes by tables: the op computes the values of all 256 codes in float32, and elements are looked up and rounded once.</summary>
/// <remarks>docs/equations/fixed-point.md (38)–(39).</remarks>
internal static class FunctionTable
{
    private const int MostBits = 15, NarrowBits = 23, WideBits = 15;      // of what is looked up: of results, and of factors of gradients of 8 bits and of more

    /// <summary>f(x) as codes of the bits of an output; null where x is no tensor of 8-bit codes, or has hardly more elements than the table.</summary>
    public static Tensor[]? Run(UnaryOp op, IntegerCall call)
    {
        if (!Fits(call.Inputs[0].FixedPoint) || call.OutputBits > MostBits) return null;
        Tensor lying = call.Inputs[0].FixedPoint!.Codes.Dense(), x = lying.Storage()!;
        using Tensor inputs = Inputs(call.Inputs[0].FixedPoint!), values = op.Forward([inputs], call.Mode)[0];
        Tensor y = call.Made(lying, (codes, rounding, draw) => call.OutputBits <= 8
            ? CodeTable.Map(x.Span<sbyte>(), values.Span<float>(), Bytes(codes), call.OutputBits, call.Headroom, rounding, draw, call.Mode)
            : CodeTable.Map(x.Span<sbyte>(), values.Span<float>(), Shorts(codes), call.OutputBits, call.Headroom, rounding, draw, call.Mode));
        GC.KeepAlive(x);
        return [y];
    }

    /// <summary>dx = f′(x)·dy as codes of the bits of a gradient, for an op (x, dy) → dx; null where they are not held so.</summary>
    public static Tensor? Gradient(Op op, IntegerCall call)
    {
        if (!Fits(call.Inputs[0].FixedPoint) || call.HasSums || call.Inputs[1].FixedPoint is not { } dy || call.Inputs[0].Shape != call.Inputs[1].Shape) return null;
        (Tensor a, Tensor b) = CodeLayout.Alike(call.Inputs[0].FixedPoint!.Codes, dy.Codes);
        (Tensor x, Tensor t) = (a.Storage()!, b.Storage()!);
        int bits = dy.Bits <= 8 ? NarrowBits : WideBits;
        (int[] factors, int exponent) = Factors(op, call, bits);
        (int from, int outputs, int headroom, ExecutionMode mode) = (exponent + dy.Exponent, call.OutputBits, call.Headroom, call.Mode);
        Tensor y = call.Made(a, (codes, rounding, draw) => (t.Type == DType.Int8, outputs <= 8) switch
        {
            (true, true) => CodeTable.Multiply<sbyte, sbyte>(x.Span<sbyte>(), factors, t.Span<sbyte>(), from, Bytes(codes), outputs, headroom, rounding, draw, mode),
            (true, false) => CodeTable.Multiply<sbyte, short>(x.Span<sbyte>(), factors, t.Span<sbyte>(), from, Shorts(codes), outputs, headroom, rounding, draw, mode),
            (false, true) => CodeTable.Multiply<short, sbyte>(x.Span<sbyte>(), factors, t.Span<short>(), from, Bytes(codes), outputs, headroom, rounding, draw, mode),
            _ => CodeTable.Multiply<short, short>(x.Span<sbyte>(), factors, t.Span<short>(), from, Shorts(codes), outputs, headroom, rounding, draw, mode),
        });
        GC.KeepAlive(x);
        GC.KeepAlive(t);
        return y;
    }

    private static Span<sbyte> Bytes(Span<byte> codes) => MemoryMarshal.Cast<byte, sbyte>(codes);

    private static Span<short> Shorts(Span<byte> codes) => MemoryMarshal.Cast<byte, short>(codes);

    private static bool Fits(FixedPointTensor? x) => x is { Bits: <= 8 } && x.Codes.Length > CodeTable.Size;

    // f′ of all codes, to the nearest.
    private static (int[] Factors, int Exponent) Factors(Op op, IntegerCall call, int bits)
    {
        using Tensor inputs = Inputs(call.Inputs[0].FixedPoint!), ones = Tensor.Ones(inputs.Shape), slopes = op.Forward([inputs, ones], call.Mode)[0];
        int exponent = FixedPointCode.Exponent(FixedPointMap.Largest(slopes.Span<float>(), "a slope", call.Mode), bits);
        int[] factors = new int[CodeTable.Size];
        FixedPointMap.Quantize(slopes.Span<float>(), factors, bits, exponent, Rounding.HalfEven, default, call.Mode);
        return (factors, exponent);
    }

    // The numbers of all codes; −128 is none, and stands for −127.
    private static Tensor Inputs(FixedPointTensor x)
    {
        Tensor numbers = Tensor.Empty(Shape.Of(CodeTable.Size));
        for (int i = 0; i < CodeTable.Size; i++) numbers.Span<float>()[i] = FixedPointCode.Dequantize(Math.Max(i - CodeTable.Size / 2, -FixedPointCode.Limit(8)), x.Exponent);
        return numbers;
    }
}
