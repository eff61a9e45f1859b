using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic.Ops;

public sealed partial record Add : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeAddition.Run(call, subtract: false);
}

public sealed partial record Sub : IIntegerOp
{
    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeAddition.Run(call, subtract: true);
}

/// <summary>a ± b of codes: exact at the smaller exponent, then rounded once.</summary>
internal static class CodeAddition
{
    private const int VectorBits = 16;      // of a bias or another tensor that enters as floats
    private const int MostShift = 46;       // sums of 16-bit codes still fit int64

    /// <summary>Null where no input is codes, or one is sums, whose total is better taken in float32, or the exponents are too far apart.</summary>
    public static Tensor[]? Run(IntegerCall call, bool subtract)
    {
        if (!call.HasCodes || call.HasSums) return null;
        (FixedPointTensor a, FixedPointTensor b) = (Operand(call, 0), Operand(call, 1));
        if (!subtract && a.Codes.Shape == b.Codes.Shape && a.Codes.Type == b.Codes.Type && FixedPointTensor.TypeOf(call.OutputBits) == a.Codes.Type) return [Residual(call, a, b)];
        int exponent = Math.Min(a.Exponent, b.Exponent), shiftA = a.Exponent - exponent, shiftB = b.Exponent - exponent;
        if (Math.Max(shiftA, shiftB) > MostShift) return null;
        bool fits = Math.Max(a.Bits + shiftA, b.Bits + shiftB) <= 31;
        (Tensor left, Tensor right, bool swapped) = Arranged(a.Codes, b.Codes);
        if (swapped) (a, b, shiftA, shiftB) = (b, a, shiftB, shiftA);
        Tensor result = fits ? Repeated(call, left, shiftA, right, shiftB, subtract, exponent) : call.Rounded(Sums(call, a, left, shiftA, b, right, shiftB, subtract), exponent);
        return [swapped && subtract ? Negated(result) : result];
    }

    // Sums that 32 bits hold are not stored either.
    private static Tensor Repeated(IntegerCall call, Tensor left, int up, Tensor right, int shift, bool subtract, int exponent)
    {
        Tensor y = Tensor.EmptyLike(left, FixedPointTensor.TypeOf(call.OutputBits));
        (Tensor from, Tensor to) = (left.Storage()!, y.Storage()!);
        int[] added = Array.ConvertAll(FixedPointTensor.Integers(right.Storage()!), b => (subtract ? -b : b) << shift);
        (Rounding rounding, RoundingDraw u) = call.NextRounding();
        (int bits, int headroom, ExecutionMode mode) = (call.OutputBits, call.Headroom, call.Mode);
        int result = (from.Type == DType.Int8, to.Type == DType.Int8) switch
        {
            (true, true) => FixedPointSum.AddRepeated(from.Span<sbyte>(), up, added, exponent, to.Span<sbyte>(), bits, headroom, rounding, u, mode),
            (true, false) => FixedPointSum.AddRepeated(from.Span<sbyte>(), up, added, exponent, to.Span<short>(), bits, headroom, rounding, u, mode),
            (false, true) => FixedPointSum.AddRepeated(from.Span<short>(), up, added, exponent, to.Span<sbyte>(), bits, headroom, rounding, u, mode),
            _ => FixedPointSum.AddRepeated(from.Span<short>(), up, added, exponent, to.Span<short>(), bits, headroom, rounding, u, mode),
        };
        GC.KeepAlive(from);
        return new(new FixedPointTensor(y, result, bits));
    }

    private static Tensor Sums(IntegerCall call, FixedPointTensor a, Tensor left, int shiftA, FixedPointTensor b, Tensor right, int shiftB, bool subtract)
    {
        Tensor sums = Tensor.EmptyLike(left, DType.Int64);
        CodeSpan x = new(left.Storage()!.Bytes(), a.Bits), y = new(right.Storage()!.Bytes(), b.Bits);
        CodeElementwise.Add(x, shiftA, y, shiftB, subtract, sums.Storage()!.Span<long>(), call.Mode);
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return sums;
    }

    // Of one width and shape, the sum is made twice, for its largest and for its codes, and never stored.
    private static Tensor Residual(IntegerCall call, FixedPointTensor a, FixedPointTensor b)
    {
        (Tensor left, Tensor right) = CodeLayout.Alike(a.Codes, b.Codes);
        Tensor y = Tensor.EmptyLike(left, left.Type);
        (Tensor x1, Tensor x2, Tensor to) = (left.Storage()!, right.Storage()!, y.Storage()!);
        (Rounding rounding, RoundingDraw u) = call.NextRounding();
        int exponent = left.Type == DType.Int8
            ? FixedPointSum.Add(x1.Span<sbyte>(), a.Exponent, x2.Span<sbyte>(), b.Exponent, to.Span<sbyte>(), call.OutputBits, call.Headroom, rounding, u, call.Mode)
            : FixedPointSum.Add(x1.Span<short>(), a.Exponent, x2.Span<short>(), b.Exponent, to.Span<short>(), call.OutputBits, call.Headroom, rounding, u, call.Mode);
        GC.KeepAlive(x1);
        GC.KeepAlive(x2);
        return new(new FixedPointTensor(y, exponent, call.OutputBits));
    }

    private static FixedPointTensor Operand(IntegerCall call, int index) => call.Inputs[index].FixedPoint is null ? call.Codes(index, VectorBits) : call.Codes(index);

    /// <summary>Both as they are added: of one layout, or the second one repeated along the first.</summary>
    public static (Tensor Left, Tensor Right, bool Swapped) Arranged(Tensor a, Tensor b)
    {
        if (a.Shape == b.Shape)
        {
            (a, b) = CodeLayout.Alike(a, b);
            return (a, b, false);
        }
        if (Repeats(b, a)) return (a.ToContiguous(), b.ToContiguous(), false);
        if (Repeats(a, b)) return (b.ToContiguous(), a.ToContiguous(), true);
        Shape shape = Shape.Broadcast(a.Shape, b.Shape, "Add");
        return (Expanded(a, shape).ToContiguous(), Expanded(b, shape).ToContiguous(), false);
    }

    // Whether x is y's last axes.
    private static bool Repeats(Tensor x, Tensor y)
    {
        int skipped = 0;
        while (skipped < x.Rank && x.Shape[skipped] == 1) skipped++;
        int rest = x.Rank - skipped;
        return x.Rank <= y.Rank && x.Length > 0 && x.Shape.Span[skipped..].SequenceEqual(y.Shape.Span[(y.Rank - rest)..]);
    }

    private static Tensor Expanded(Tensor x, Shape shape) => new Expand(shape).Forward([x], ExecutionMode.Default)[0];

    private static Tensor Negated(Tensor x) => Neg.OfCodes(x.FixedPoint!);
}
