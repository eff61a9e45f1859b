using System.Buffers.Binary;
using System.Text;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Data;

public sealed class SafeTensorsTests
{
    private static readonly DType[] Nameless = [DType.Int4, DType.UInt4, DType.Float8E4M3FNUZ, DType.Float8E5M2FNUZ, DType.String];

    [Fact]
    public void Types_without_a_name_in_the_format_are_refused()
    {
        using Folder folder = new();
        foreach (DType type in Nameless)
            Assert.Contains($"'w' is {type}", Assert.Throws<ArgumentException>(() => SafeTensors.Write(folder.At("m"), new Dictionary<string, Tensor> { ["w"] = Tensor.Ones([2]).Cast(type) })).Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(folder.At("m")));
    }

    [Fact]
    public void Tensors_and_metadata_come_back()
    {
        using Folder folder = new();
        Dictionary<string, Tensor> tensors = [];
        foreach (DType type in Enum.GetValues<DType>().Except(Nameless)) tensors["x." + type] = Tensor.Full([2, 3], 1, type);
        tensors["nothing"] = Tensor.Zeros([0, 3]);
        tensors["scalar"] = Tensor.Scalar(2.5);
        SafeTensors.Write(folder.At("m"), tensors, new Dictionary<string, string> { ["seed"] = "1", ["ä"] = "\"ö\"" });
        SafeTensorsFile file = SafeTensors.Read(folder.At("m"));
        Assert.Equal(tensors.Keys.Order(), file.Tensors.Keys.Order());
        foreach ((string name, Tensor t) in tensors)
        {
            Assert.Equal(t.TensorType, file.Tensors[name].TensorType);
            Assert.Equal(t.Bytes().ToArray(), file.Tensors[name].Bytes().ToArray());
        }
        Assert.Equal("1", file.Metadata["seed"]);
        Assert.Equal("\"ö\"", file.Metadata["ä"]);
        SafeTensors.Write(folder.At("n"), tensors.Reverse().ToDictionary(), file.Metadata);
        Assert.Equal(File.ReadAllBytes(folder.At("m")), File.ReadAllBytes(folder.At("n")));
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using Folder folder = new();
        SafeTensors.Write(folder.At("m"), new Dictionary<string, Tensor> { ["a"] = Tensor.Ones([2, 2]), ["b"] = Tensor.Ones([3], DType.Int8) },
            new Dictionary<string, string> { ["k"] = "v" });
        folder.Damage(File.ReadAllBytes(folder.At("m")), "bad", path => SafeTensors.Read(path), flips: 1000);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", true)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F8_E8M0","shape":[4],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", false)]
    [InlineData("""{"a":3}""", false)]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", false)]
    [InlineData("[1]", false)]
    [InlineData("{", false)]
    public void Headers_are_read_strictly(string header, bool good)
    {
        using Folder folder = new();
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(folder.At("x"), [.. length, .. text, 0, 0, 128, 63]);
        if (good) Assert.Equal(1f, SafeTensors.Read(folder.At("x")).Tensors["a"].Item<float>());
        else Assert.Contains(folder.At("x"), Assert.Throws<InvalidDataException>(() => SafeTensors.Read(folder.At("x"))).Message);
    }

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public void A_declared_header_length_is_not_believed(long length)
    {
        using Folder folder = new();
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(folder.At("x"), bytes);
        Assert.Throws<InvalidDataException>(() => SafeTensors.Read(folder.At("x")));
    }
}
