namespace Dyadic.Ops;

/// <summary>Quantisation parameters as the tensors that <see cref="QuantizeLinear"/> and <see cref="DequantizeLinear"/> read, and back.</summary>
public static class QuantizationTensors
{
    extension(QuantParams parameters)
    {
        /// <summary>s as float32: a scalar per tensor, [C] per axis.</summary>
        public Tensor ScaleTensor() => Tensor.From(parameters.Scales.AsSpan(), ShapeOf(parameters));

        /// <summary>z in the storage type: a scalar per tensor, [C] per axis.</summary>
        /// <exception cref="PrecisionException">b is neither 8, 16 nor 32: no element type saturates there.</exception>
        public Tensor ZeroPointTensor()
        {
            DType type = parameters.Storage;
            if (parameters.Bits != 8 * type.Size())
                throw new PrecisionException($"Quantisation to {parameters}: ONNX element types of {parameters.Bits} bits are not supported. Use 8 or 16 bits.");
            Tensor result = Tensor.Empty(ShapeOf(parameters), type);
            for (int i = 0; i < parameters.ZeroPoints.Length; i++) Write(result, i, parameters.ZeroPoints[i]);
            return result;
        }
    }

    /// <summary>The parameters that a scale and a zero point tensor stand for.</summary>
    /// <param name="scale">s, of a floating-point type: one element, or one for each index of <paramref name="axis"/>.</param>
    /// <param name="zeroPoint">z, of the integer type; one of 4 bits stands for the same codes in 8.</param>
    /// <param name="axis">The axis of several scales; unused for one.</param>
    /// <exception cref="PrecisionException">A scale is not positive and finite.</exception>
    public static QuantParams Read(Tensor scale, Tensor zeroPoint, int axis)
    {
        zeroPoint = Bytes(zeroPoint);
        bool signed = zeroPoint.Type is DType.Int8 or DType.Int16 or DType.Int32;
        return new(8 * zeroPoint.Type.Size(), signed, ScalesOf(scale), CodesOf(zeroPoint), scale.Rank == 0 || scale.Length == 1 ? null : axis);
    }

    /// <summary>Integers of 4 bits as the same integers of 8; others as they are.</summary>
    internal static Tensor Bytes(Tensor codes) => codes.Type.IsFourBits() ? codes.Cast(codes.Type == DType.Int4 ? DType.Int8 : DType.UInt8) : codes;

    private static Shape ShapeOf(QuantParams parameters) => parameters.IsPerTensor ? Shape.Scalar : Shape.Of(parameters.Scales.Length);

    private static void Write(Tensor tensor, int index, int value)
    {
        switch (tensor.Type)
        {
            case DType.Int8: tensor.Span<sbyte>()[index] = (sbyte)value; break;
            case DType.UInt8: tensor.Span<byte>()[index] = (byte)value; break;
            case DType.Int16: tensor.Span<short>()[index] = (short)value; break;
            case DType.UInt16: tensor.Span<ushort>()[index] = (ushort)value; break;
            default: tensor.Span<int>()[index] = value; break;
        }
    }

    /// <summary>The integers of a tensor of at most 32 bits.</summary>
    internal static int[] CodesOf(Tensor tensor) => tensor.Type switch
    {
        DType.Int8 => Array.ConvertAll(tensor.ToArray<sbyte>(), q => (int)q),
        DType.UInt8 => Array.ConvertAll(tensor.ToArray<byte>(), q => (int)q),
        DType.Int16 => Array.ConvertAll(tensor.ToArray<short>(), q => (int)q),
        DType.UInt16 => Array.ConvertAll(tensor.ToArray<ushort>(), q => (int)q),
        _ => tensor.ToArray<int>(),
    };

    private static float[] ScalesOf(Tensor tensor) => tensor.Type switch
    {
        DType.Float64 => Array.ConvertAll(tensor.ToArray<double>(), s => (float)s),
        DType.Float16 => Array.ConvertAll(tensor.ToArray<Half>(), s => (float)s),
        _ => tensor.ToArray<float>(),
    };
}

/// <summary>The shape rule that the two ops share.</summary>
internal static class QuantizationShapes
{
    /// <summary>s and z have equal shapes: one element, or [C] with C the size of the axis; with blocks that of x, the axis ⌈n/block⌉.</summary>
    public static void Check(string op, Shape x, Shape scale, Shape zeroPoint, int axis, int block)
    {
        Ensure.Shape(scale == zeroPoint, $"{op}: the scale is {scale} and the zero point {zeroPoint}; their shapes differ.");
        if (block != 0)
        {
            int blocked = x.Axis(axis, op);
            Ensure.Shape(
                block > 0 && scale.Rank == x.Rank && x[blocked].IsKnown && scale == x.With(blocked, (x[blocked].Size + block - 1) / block),
                $"{op}: the scale is {scale} for blocks of {block} along axis {blocked} of {x}; the shape of x with ⌈n/{block}⌉ for that axis is needed.");
            return;
        }
        if (scale.Rank == 0 || (scale.Rank == 1 && scale[0] == 1)) return;
        Ensure.Shape(scale.Rank == 1, $"{op}: the scale is {scale}. Use one scale, or a vector of one for each index of an axis.");
        int index = x.Axis(axis, op);
        Ensure.Shape(x[index] == scale[0], $"{op}: there are {scale[0]} scales for axis {index} of {x}, whose size is {x[index]}.");
    }
}
