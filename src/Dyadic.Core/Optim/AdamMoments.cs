using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Optim;

/// <summary>The state of Adam for n parameters as integers in one int16 vector, which is what a checkpoint holds: n codes of m, n of r = √v, and an exponent for each block of either.</summary>
/// <param name="vector">The state.</param>
/// <param name="count">n.</param>
internal readonly struct AdamMoments(Tensor vector, int count)
{
    /// <summary>Codes of m.</summary>
    public Span<short> M => Part(0, count);

    /// <summary>Codes of r.</summary>
    public Span<short> R => Part(count, count);

    /// <summary>Exponents of the blocks of m.</summary>
    public Span<short> MExponents => Part(2 * count, BlockMap.Blocks(count));

    /// <summary>Exponents of the blocks of r.</summary>
    public Span<short> RExponents => Part(2 * count + BlockMap.Blocks(count), BlockMap.Blocks(count));

    /// <summary>The type of the vector of <paramref name="count"/> parameters.</summary>
    public static TensorType TypeOf(int count) => new(DType.Int16, Shape.Of(2 * count + 2 * BlockMap.Blocks(count)));

    /// <summary>The vector of m and v as floats, or of zeros where there are none yet.</summary>
    public static Tensor Of(Tensor? m, Tensor? v, int count, int bits, Rounding rounding, RoundingDraw draw, in ExecutionMode mode)
    {
        Tensor codes = Tensor.Zeros(TypeOf(count).Shape, DType.Int16);
        AdamMoments state = new(codes, count);
        if (m is not null) BlockMap.Quantize(m.Span<float>(), state.M, state.MExponents, bits, neverZero: false, "m", rounding, draw.Split(7), mode);
        if (v is null) return codes;
        using Tensor root = v.Clone();
        Primitives.Sqrt(root.Span<float>(), root.Span<float>());
        BlockMap.Quantize(root.Span<float>(), state.R, state.RExponents, bits, neverZero: true, "v", rounding, draw.Split(8), mode);
        return codes;
    }

    /// <summary>m and v = r² as floats.</summary>
    public (Tensor M, Tensor V) ToFloats(Shape shape, in ExecutionMode mode)
    {
        Tensor m = Tensor.Empty(shape), v = Tensor.Empty(shape);
        BlockMap.Dequantize(M, MExponents, m.Span<float>(), mode);
        BlockMap.Dequantize(R, RExponents, v.Span<float>(), mode);
        Primitives.Multiply(v.Span<float>(), v.Span<float>(), v.Span<float>());
        GC.KeepAlive(vector);
        return (m, v);
    }

    private Span<short> Part(int first, int length) => vector.Span<short>().Slice(first, length);
}
