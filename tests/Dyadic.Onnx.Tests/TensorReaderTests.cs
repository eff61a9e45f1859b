using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Tests;

public class TensorReaderTests
{
    private static ByteRange NoExternal(TensorProto proto, long bytes) => throw new ImportRefusal("external");

    private static Tensor Read(TensorProto proto) => TensorReader.Read(proto, NoExternal);

    private static TensorProto Proto(DType type, params long[] dims)
    {
        TensorProto proto = new() { Name = "t", DataType = ElementTypes.CodeOf(type) };
        proto.Dims.AddRange(dims);
        return proto;
    }

    [Fact]
    public void Every_type_reads_from_its_typed_field()
    {
        foreach (DType type in Enum.GetValues<DType>().Where(t => !t.IsStored() && t != DType.String))
        {
            TensorProto proto = Proto(type, 3);
            // 1 as bits of binary16 and bfloat16, as an int32 elsewhere
            int one = type == DType.Float16 ? 0x3C00 : type == DType.BFloat16 ? 0x3F80 : 1;
            if (type == DType.Float32) proto.FloatData.AddRange([1f, 0f, 1f]);
            else if (type == DType.Float64) proto.DoubleData.AddRange([1d, 0d, 1d]);
            else if (type is DType.UInt32 or DType.UInt64) proto.Uint64Data.AddRange([1UL, 0UL, 1UL]);
            else if (type == DType.Int64) proto.Int64Data.AddRange([1L, 0L, 1L]);
            else proto.Int32Data.AddRange([one, 0, one]);
            Tensor expected = Dyadic.Tensor.Ones(Shape.Of(3), type);
            byte[] bytes = TensorBytes.Write(expected), actual = TensorBytes.Write(Read(proto));
            bytes.AsSpan(type.Size(), type.Size()).Clear();
            Assert.Equal(bytes, actual);

            TensorProto raw = Proto(type, 3);
            raw.RawData = ByteString.CopyFrom(bytes);
            Assert.Equal(bytes, TensorBytes.Write(Read(raw)));
        }
    }

    // Both ways in which a file may hold them: an odd number of 4-bit integers leaves half a byte.
    [Fact]
    public void Stored_types_read_from_bytes_and_from_integers()
    {
        byte[] bytes = [0x21, 0x8F, 0x07];
        foreach (DType type in Enum.GetValues<DType>().Where(t => t.IsStored()))
        {
            int count = type.IsFourBits() ? 5 : 3;
            double[] expected = type switch
            {
                DType.Int4 => [1, 2, -1, -8, 7],
                DType.UInt4 => [1, 2, 15, 8, 7],
                _ => [.. bytes.Select(b => StoredNumbers.Read(type, b))],
            };
            TensorProto raw = Proto(type, count), typed = Proto(type, count);
            raw.RawData = ByteString.CopyFrom(bytes);
            typed.Int32Data.AddRange(bytes.Select(b => (int)b));
            foreach (TensorProto proto in (TensorProto[])[raw, typed])
            {
                Tensor tensor = Read(proto);
                Assert.Equal(expected, Samples.Doubles(tensor));
                Assert.Equal(bytes, TensorBytes.Write(tensor));
            }
            raw.RawData = ByteString.CopyFrom(bytes[..2]);
            Assert.Contains($"2 bytes of data do not fill", Assert.Throws<ImportRefusal>(() => Read(raw)).Message);
        }
    }

    [Fact]
    public void Strings_read_from_their_own_field_alone()
    {
        string[] words = ["", "ä𝄞", "b"];
        TensorProto proto = Proto(DType.String, 3);
        proto.StringData.AddRange(words.Select(ByteString.CopyFromUtf8));
        Assert.Equal(words, Read(proto).ToStrings());
        Assert.Equal(proto.StringData, Exporting.TensorWriter.Write("t", Read(proto)).StringData);
        proto.StringData[1] = ByteString.CopyFrom(0xC3, 0x28);
        Assert.Contains("string 1 is no valid UTF-8", Assert.Throws<ImportRefusal>(() => Read(proto)).Message);
        proto.StringData.RemoveAt(1);
        Assert.Contains("2 values do not fill string[3]", Assert.Throws<ImportRefusal>(() => Read(proto)).Message);
        proto.RawData = ByteString.CopyFromUtf8("abc");
        Assert.Contains("bytes without borders", Assert.Throws<ImportRefusal>(() => Read(proto)).Message);
    }

    [Fact]
    public void Negative_integers_keep_their_sign()
    {
        TensorProto proto = Proto(DType.Int8, 2);
        proto.Int32Data.AddRange([-128, 127]);
        Assert.Equal([-128, 127], Read(proto).ToArray<sbyte>());
    }

    [Fact]
    public void Data_that_do_not_fill_the_dimensions_are_refused_before_memory_is_taken()
    {
        TensorProto proto = Proto(DType.Float32, 40000, 40000);
        proto.RawData = ByteString.CopyFrom(new byte[16]);
        Assert.Contains("16 bytes of data do not fill float32[40000, 40000]", Assert.Throws<ImportRefusal>(() => Read(proto)).Message);
        Assert.Contains("more than 2147483647", Assert.Throws<ImportRefusal>(() => Read(Proto(DType.Float32, 1 << 20, 1 << 20, 1 << 30))).Message);
        Assert.Contains("dimension 0 is -1", Assert.Throws<ImportRefusal>(() => Read(Proto(DType.Float32, -1))).Message);
        Assert.Contains("FLOAT4E2M1", Assert.Throws<ImportRefusal>(() => Read(new() { DataType = 23 })).Message);
        Assert.Contains("COMPLEX64", Assert.Throws<ImportRefusal>(() => Read(new() { DataType = 14 })).Message);
        Assert.Contains("0 values", Assert.Throws<ImportRefusal>(() => Read(Proto(DType.Int32, 5))).Message);
    }

    [Fact]
    public void Scalars_and_empty_tensors_are_tensors()
    {
        TensorProto scalar = Proto(DType.Float32), empty = Proto(DType.Int64, 0, 3);
        scalar.FloatData.Add(2.5f);
        Assert.Equal(2.5f, Read(scalar).Item<float>());
        Assert.Equal(Shape.Of(0, 3), Read(empty).Shape);
    }
}
