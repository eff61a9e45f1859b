using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;

namespace Dyadic;

/// <summary>Numbers q·2ᴱ: a tensor of integer codes q and one exponent E that all of them share.</summary>
/// <remarks>
/// Ghaffari et al. 2022, §3. Codes are int8 up to 8 bits, int16 up to 16, and int32 or int64 for sums of products that have not been rounded to fewer bits.
/// They may lie in any order of axes (images lie channels-last). They do not change.
/// </remarks>
public sealed class FixedPointTensor
{
    internal FixedPointTensor(Tensor codes, int exponent, int bits) => (Codes, Exponent, Bits) = (codes, exponent, bits);

    /// <summary>q.</summary>
    public Tensor Codes { get; }

    /// <summary>E.</summary>
    public int Exponent { get; }

    /// <summary>Bits of a code, sign included: |q| &lt; 2^(bits − 1).</summary>
    public int Bits { get; }

    /// <summary>The element type of codes of <paramref name="bits"/> bits.</summary>
    internal static DType TypeOf(int bits) => bits <= 8 ? DType.Int8 : bits <= 16 ? DType.Int16 : DType.Int32;

    /// <summary>Codes of float32 numbers: E from the largest magnitude, q = ⌊x·2⁻ᴱ⌉.</summary>
    /// <param name="x">Finite numbers.</param>
    /// <param name="bits">2 … 16.</param>
    /// <param name="draw">The bits of stochastic rounding; null rounds to the nearest, ties to even.</param>
    /// <param name="headroom">1 leaves a bit unused, so that nothing saturates and rounding has no bias at the top.</param>
    /// <exception cref="PrecisionException">A number is infinite or NaN.</exception>
    public static FixedPointTensor Map(Tensor x, int bits, RoundingDraw? draw = null, int headroom = 0) => Map(x, bits, draw, headroom, Quiet);

    /// <summary>The numbers as floats, row-major; exact up to 24 bits.</summary>
    public Tensor ToTensor() => ToTensor(Quiet);

    /// <summary>The same on the threads of <paramref name="mode"/>.</summary>
    internal static FixedPointTensor Map(Tensor x, int bits, RoundingDraw? draw, int headroom, in ExecutionMode mode)
    {
        Ensure.Argument(bits is >= 2 and <= 16, $"FixedPointTensor.Map: {bits} bits; 2 to 16 are possible.");
        return MapAt(x, ExponentOf(x, bits, headroom, in mode), bits, draw, in mode);
    }

    /// <summary>E of the codes of float32 numbers.</summary>
    internal static int ExponentOf(Tensor x, int bits, int headroom, in ExecutionMode mode)
    {
        Tensor lying = x.Storage() ?? x.ToContiguous();
        int exponent = FixedPointCode.Exponent(FixedPointMap.Largest(lying.Span<float>(), "a tensor", in mode), bits, headroom);
        GC.KeepAlive(lying);
        return exponent;
    }

    /// <summary>Codes of float32 numbers at a given exponent; those beyond its range saturate.</summary>
    internal static FixedPointTensor MapAt(Tensor x, int exponent, int bits, RoundingDraw? draw, in ExecutionMode mode)
    {
        Tensor source = x.Dense();
        ReadOnlySpan<float> v = source.Storage()!.Span<float>();
        Tensor codes = Tensor.EmptyLike(source, TypeOf(bits));
        Rounding rounding = draw is null ? Rounding.HalfEven : Rounding.Stochastic;
        if (bits <= 8) FixedPointMap.Quantize(v, codes.Storage()!.Span<sbyte>(), bits, exponent, rounding, draw.GetValueOrDefault(), in mode);
        else FixedPointMap.Quantize(v, codes.Storage()!.Span<short>(), bits, exponent, rounding, draw.GetValueOrDefault(), in mode);
        GC.KeepAlive(source);
        return new(codes, exponent, bits);
    }

    internal Tensor ToTensor(in ExecutionMode mode)
    {
        Tensor lying = Codes.ToContiguous(), floats = Tensor.Empty(Codes.Shape);
        Span<float> v = floats.Span<float>();
        switch (lying.Type)
        {
            case DType.Int8: FixedPointMap.Dequantize(lying.Span<sbyte>(), Exponent, v, in mode); break;
            case DType.Int16: FixedPointMap.Dequantize(lying.Span<short>(), Exponent, v, in mode); break;
            case DType.Int32: FixedPointMap.Dequantize(lying.Span<int>(), Exponent, v, in mode); break;
            default: FixedPointMap.Dequantize(lying.Span<long>(), Exponent, v, in mode); break;
        }
        GC.KeepAlive(lying);
        return floats;
    }

    /// <summary>Whether all numbers are 0, and the exponent is none of theirs.</summary>
    internal bool IsZero(in ExecutionMode mode) => Largest(Codes.Storage() ?? Codes.ToContiguous(), in mode) == 0;

    /// <summary>These numbers in codes of fewer bits: E from the largest |q|, q′ = ⌊q·2^(E − E′)⌉.</summary>
    internal FixedPointTensor Rounded(int bits, RoundingDraw? draw, int headroom, in ExecutionMode mode, ulong? known = null)
    {
        Tensor source = Codes.Dense(), lying = source.Storage()!;
        int exponent = FixedPointCode.Exponent(known ?? Largest(lying, in mode), Exponent, bits, headroom);
        return new(Requantized(source, exponent, bits, draw, in mode), exponent, bits);
    }

    /// <summary>These numbers as codes at a higher exponent, in at most <paramref name="bits"/> bits; this where it is there already.</summary>
    internal FixedPointTensor At(int exponent, int bits, RoundingDraw? draw, in ExecutionMode mode)
    {
        if (exponent == Exponent && TypeOf(bits) == Codes.Type) return this;
        Tensor source = Codes.Dense();
        return new(Requantized(source, exponent, bits, draw, in mode), exponent, bits);
    }

    private Tensor Requantized(Tensor source, int exponent, int bits, RoundingDraw? draw, in ExecutionMode mode)
    {
        Tensor lying = Widened(source.Storage()!), codes = Tensor.EmptyLike(source, TypeOf(bits)), to = codes.Storage()!;
        Rounding rounding = draw is null ? Rounding.HalfEven : Rounding.Stochastic;
        RoundingDraw u = draw.GetValueOrDefault();
        switch (lying.Type, bits <= 8)
        {
            case (DType.Int16, true): FixedPointMap.Requantize(lying.Span<short>(), Exponent, to.Span<sbyte>(), bits, exponent, rounding, u, in mode); break;
            case (DType.Int32, true): FixedPointMap.Requantize(lying.Span<int>(), Exponent, to.Span<sbyte>(), bits, exponent, rounding, u, in mode); break;
            case (_, true): FixedPointMap.Requantize(lying.Span<long>(), Exponent, to.Span<sbyte>(), bits, exponent, rounding, u, in mode); break;
            case (DType.Int16, false): FixedPointMap.Requantize(lying.Span<short>(), Exponent, to.Span<short>(), bits, exponent, rounding, u, in mode); break;
            case (DType.Int32, false): FixedPointMap.Requantize(lying.Span<int>(), Exponent, to.Span<short>(), bits, exponent, rounding, u, in mode); break;
            default: FixedPointMap.Requantize(lying.Span<long>(), Exponent, to.Span<short>(), bits, exponent, rounding, u, in mode); break;
        }
        GC.KeepAlive(lying);
        return codes;
    }

    private static ulong Largest(Tensor lying, in ExecutionMode mode)
    {
        ulong largest = lying.Type switch
        {
            DType.Int8 => FixedPointMap.Largest((ReadOnlySpan<sbyte>)lying.Span<sbyte>(), in mode),
            DType.Int16 => FixedPointMap.Largest((ReadOnlySpan<short>)lying.Span<short>(), in mode),
            DType.Int32 => FixedPointMap.Largest((ReadOnlySpan<int>)lying.Span<int>(), in mode),
            _ => FixedPointMap.Largest((ReadOnlySpan<long>)lying.Span<long>(), in mode),
        };
        GC.KeepAlive(lying);
        return largest;
    }

    private static Tensor Widened(Tensor bytes)
    {
        if (bytes.Type != DType.Int8) return bytes;
        Tensor wide = Tensor.Empty(bytes.Shape, DType.Int16);
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<sbyte, short>(bytes.Span<sbyte>(), wide.Span<short>());
        GC.KeepAlive(bytes);
        return wide;
    }

    /// <summary>Codes of 8 or 16 bits as integers, row-major.</summary>
    internal static int[] Integers(Tensor codes)
    {
        Tensor lying = codes.ToContiguous();
        int[] integers = new int[lying.Length];
        if (lying.Type == DType.Int8) System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<sbyte, int>(lying.Span<sbyte>(), integers);
        else System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<short, int>(lying.Span<short>(), integers);
        GC.KeepAlive(lying);
        return integers;
    }

    // Results do not depend on the threads; asked for outside of ops, one is enough.
    private static ExecutionMode Quiet => ExecutionMode.Default with { Threads = 1 };
}
