using Dyadic.Onnx.Wire;
using Google.Protobuf.Collections;

namespace Dyadic.Onnx.Importing;

/// <summary>TensorProto to Tensor: raw bytes, typed fields or a file beside the model.</summary>
internal static class TensorReader
{
    /// <summary>The tensor; nothing is allocated before its data have the declared size.</summary>
    /// <param name="proto">The message.</param>
    /// <param name="external">Finds the bytes of external data, or refuses.</param>
    /// <param name="meter">Counts the memory of the tensor before it is taken.</param>
    /// <exception cref="ImportRefusal">The type is not supported, or the data do not fill the dimensions.</exception>
    public static Tensor Read(TensorProto proto, Func<TensorProto, long, ByteRange> external, LoadMeter? meter = null)
    {
        DType type = NodeImport.ElementType(proto.DataType);
        if (proto.Segment is not null) throw new ImportRefusal("tensors in segments are not supported");
        Shape shape = ShapeOf(proto);
        int length = shape.Length;
        meter?.CountInitialiser((long)length * type.Size());
        if (type == DType.String) return OfStrings(proto, shape, meter);
        if (proto.DataLocation == TensorProto.Types.DataLocation.External) return OfRange(external(proto, type.PackedBytes(length)), type, shape);
        if (proto.RawRange is { } range) return OfRange(range, type, shape);
        if (proto.RawData.Length > 0 || (proto.HasRawData && length == 0)) return OfBytes(proto.RawData.Span, type, shape);
        return type switch
        {
            DType.Float32 => OfValues(proto.FloatData, v => v, type, shape),
            DType.Float64 => OfValues(proto.DoubleData, v => v, type, shape),
            DType.Int64 => OfValues(proto.Int64Data, v => v, type, shape),
            DType.UInt64 => OfValues(proto.Uint64Data, v => v, type, shape),
            DType.UInt32 => OfValues(proto.Uint64Data, v => (uint)v, type, shape),
            DType.Int32 => OfValues(proto.Int32Data, v => v, type, shape),
            DType.Int16 => OfValues(proto.Int32Data, v => (short)v, type, shape),
            DType.UInt16 => OfValues(proto.Int32Data, v => (ushort)v, type, shape),
            DType.Int8 => OfValues(proto.Int32Data, v => (sbyte)v, type, shape),
            DType.UInt8 => OfValues(proto.Int32Data, v => (byte)v, type, shape),
            DType.Bool => OfValues(proto.Int32Data, v => v != 0, type, shape),
            DType.Float16 => OfValues(proto.Int32Data, v => BitConverter.UInt16BitsToHalf((ushort)v), type, shape),
            DType.BFloat16 => OfValues(proto.Int32Data, v => new BFloat16((ushort)v), type, shape),
            _ => OfBytes([.. proto.Int32Data.Select(v => (byte)v)], type, shape),        // two of 4 bits in each
        };
    }

    private static Shape ShapeOf(TensorProto proto)
    {
        var dims = new Dim[proto.Dims.Count];
        long length = 1;
        for (int i = 0; i < dims.Length; i++)
        {
            long size = proto.Dims[i];
            if (size is < 0 or > int.MaxValue) throw new ImportRefusal($"dimension {i} is {size}");
            dims[i] = (int)size;
            length = Math.Min(length * size, long.MaxValue >> 31);
            if (length > int.MaxValue) throw new ImportRefusal("it has more than 2147483647 elements");
        }
        return Shape.Create(dims);
    }

    private static Tensor OfBytes(ReadOnlySpan<byte> bytes, DType type, Shape shape)
    {
        RequireBytes(bytes.Length, type, shape);
        return TensorBytes.Read(bytes, type, shape);
    }

    private static Tensor OfRange(ByteRange range, DType type, Shape shape)
    {
        RequireBytes(range.Length, type, shape);
        if (TensorBytes.IsPlain(type)) return Tensor.Create(shape, type, range, static (to, from) => from.Read(to));
        byte[] bytes = new byte[range.Length];
        range.Read(bytes);
        return TensorBytes.Read(bytes, type, shape);
    }

    private static void RequireBytes(long bytes, DType type, Shape shape)
    {
        long needed = type.PackedBytes(shape.Length);
        if (bytes != needed) throw new ImportRefusal($"{bytes} bytes of data do not fill {new TensorType(type, shape)} of {needed}");
    }

    // Neither raw bytes nor another file can hold strings.
    private static Tensor OfStrings(TensorProto proto, Shape shape, LoadMeter? meter)
    {
        if (proto.DataLocation == TensorProto.Types.DataLocation.External || proto.RawRange is not null || proto.RawData.Length > 0)
            throw new ImportRefusal("strings are given as bytes without borders; the format holds them in string_data");
        if (proto.StringData.Count != shape.Length)
            throw new ImportRefusal($"{proto.StringData.Count} values do not fill {new TensorType(DType.String, shape)} of {shape.Length}");
        meter?.CountInitialiser(proto.StringData.Sum(s => (long)s.Length * sizeof(char)));
        return Tensor.FromStrings([.. proto.StringData.Select((s, i) => Utf8.Read(s.Span) ?? throw new ImportRefusal($"string {i} is no valid UTF-8"))], shape);
    }

    private static Tensor OfValues<TFrom, T>(RepeatedField<TFrom> values, Func<TFrom, T> convert, DType type, Shape shape) where T : unmanaged
    {
        if (values.Count != shape.Length)
            throw new ImportRefusal($"{values.Count} values do not fill {new TensorType(type, shape)} of {shape.Length}");
        var converted = new T[values.Count];
        for (int i = 0; i < converted.Length; i++) converted[i] = convert(values[i]);
        return Tensor.From(converted, shape);
    }
}
