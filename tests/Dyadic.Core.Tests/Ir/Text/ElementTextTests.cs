using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Core.Tests.Ir.Text;

public sealed class ElementTextTests
{
    public static TheoryData<DType> Bytes => [.. Enum.GetValues<DType>().Where(t => t.Size() == 1 && t != DType.Bool && !t.IsFourBits())];

    public static TheoryData<DType> Words => [.. Enum.GetValues<DType>().Where(t => t.Size() == 2)];

    [Theory, MemberData(nameof(Bytes))]
    public void Each_byte_survives(DType type)
    {
        for (int code = 0; code < 256; code++) Survives(type, [(byte)code]);
    }

    [Theory, MemberData(nameof(Words))]
    public void Each_word_of_two_bytes_survives(DType type)
    {
        for (int code = 0; code < 1 << 16; code++) Survives(type, BitConverter.GetBytes((ushort)code));
    }

    [Fact]
    public void Four_bits_survive()
    {
        for (int v = -8; v < 8; v++) Survives(DType.Int4, [(byte)(sbyte)v]);
        for (int v = 0; v < 16; v++) Survives(DType.UInt4, [(byte)v]);
        foreach (byte v in (byte[])[0, 1]) Survives(DType.Bool, [v]);
    }

    [Fact]
    public void Wide_elements_survive() => Prop.ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<double>(), (bits, x) =>
    {
        foreach (DType type in (DType[])[DType.Float32, DType.Int32, DType.UInt32])
        {
            Survives(type, BitConverter.GetBytes((int)(bits * 0x9E3779B1)));
            Survives(type, BitConverter.GetBytes((float)x));
        }
        foreach (DType type in (DType[])[DType.Float64, DType.Int64, DType.UInt64])
        {
            Survives(type, BitConverter.GetBytes(bits * -0x61C8864680B583EB));
            Survives(type, BitConverter.GetBytes(x));
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(DType.Float32, 0.1, "0.1")]
    [InlineData(DType.Float32, -0.0, "-0")]
    [InlineData(DType.Float32, double.PositiveInfinity, "inf")]
    [InlineData(DType.Float32, 1e-45, "1E-45")]
    [InlineData(DType.Float64, 0.1, "0.1")]
    [InlineData(DType.Float16, 0.1, "0.1")]
    [InlineData(DType.BFloat16, 0.1, "0.1")]
    [InlineData(DType.Float8E4M3FN, 0.1, "0.1")]
    [InlineData(DType.Float8E4M3FN, 448.0, "4.5E+02")]
    [InlineData(DType.Int64, -9223372036854775808.0, "-9223372036854775808")]
    [InlineData(DType.Bool, 1.0, "true")]
    [InlineData(DType.Int4, -8.0, "-8")]
    public void Elements_are_shown_with_as_few_digits_as_tell_them_apart(DType type, double value, string text) =>
        Assert.Equal(text, ElementText.Write(type, Tensor.Scalar(value, DType.Float64).Cast(type).ToBytes()));

    [Fact]
    public void NaN_shows_its_bits()
    {
        Assert.Equal("-inf", ElementText.Write(DType.Float8E5M2, [0xFC]));
        Assert.Equal("nan(7fc00001)", ElementText.Write(BitConverter.Int32BitsToSingle(0x7fc00001)));
        Assert.Equal("nan(fff8000000000000)", ElementText.Write(BitConverter.Int64BitsToDouble(unchecked((long)0xfff8000000000000))));
        byte[] read = new byte[4];
        Assert.True(ElementText.TryRead(DType.Float32, "nan", read));
        Assert.Equal(0x7fc00000, BitConverter.ToInt32(read));
    }

    [Theory]
    [InlineData(DType.Float32, "1e39")]
    [InlineData(DType.Float32, "nan(3f800000)")]
    [InlineData(DType.Float32, "nan(7fc0)")]
    [InlineData(DType.Float32, "Infinity")]
    [InlineData(DType.Float32, "0x1")]
    [InlineData(DType.Float16, "70000")]
    [InlineData(DType.BFloat16, "3.4e38x")]
    [InlineData(DType.Float8E4M3FN, "inf")]
    [InlineData(DType.Float8E4M3FN, "1000")]
    [InlineData(DType.Int8, "128")]
    [InlineData(DType.Int8, "1.0")]
    [InlineData(DType.UInt8, "-1")]
    [InlineData(DType.UInt64, "18446744073709551616")]
    [InlineData(DType.Int4, "8")]
    [InlineData(DType.UInt4, "16")]
    [InlineData(DType.UInt4, "-1")]
    [InlineData(DType.Bool, "1")]
    [InlineData(DType.Int32, "")]
    public void What_a_type_does_not_hold_is_refused(DType type, string text) => Assert.False(ElementText.TryRead(type, text, new byte[type.Size()]));

    private static void Survives(DType type, byte[] bytes)
    {
        string text = ElementText.Write(type, bytes);
        byte[] read = new byte[type.Size()];
        Assert.True(ElementText.TryRead(type, text, read), $"{type} {text}");
        Assert.Equal(bytes, read);
    }
}
