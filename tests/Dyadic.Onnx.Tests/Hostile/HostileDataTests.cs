using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Runs;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Hostile files of data: safetensors, .npz, IDX and run records.</summary>
public sealed class HostileDataTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    // F32 tensors of the header's offsets, and so many bytes of data.
    private InvalidDataException SafeTensors(string header, int data, long? declared = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, declared ?? text.Length);
        File.WriteAllBytes(_path, [.. length, .. text, .. new byte[data]]);
        return Assert.Throws<InvalidDataException>(() => Data.SafeTensors.Read(_path));
    }

    [Theory]
    [InlineData("hole", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "starts at 8, where 4 is next")]
    [InlineData("overlap", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "starts at 4, where 8 is next")]
    [InlineData("shared bytes", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "starts at 0, where 4 is next")]
    [InlineData("duplicate", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a")]
    [InlineData("rest behind the last tensor", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes of data and the file holds 8")]
    [InlineData("data behind the end", """{"a":{"dtype":"F32","shape":[100],"data_offsets":[0,400]}}""", 4, "400 bytes of data and the file holds 4")]
    [InlineData("end before begin", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "has offsets 4 to 0")]
    [InlineData("negative begin", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "has offsets -4 to 0")]
    [InlineData("negative size", """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "A dimension cannot be -1")]
    [InlineData("product of 2⁶⁴", """{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0, "elements")]
    [InlineData("shape of 17 axes", """{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "17 dimensions")]
    [InlineData("offset beyond 64 bits", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}""", 4, "no valid safetensors")]
    [InlineData("unknown type", """{"a":{"dtype":"F999","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown type")]
    [InlineData("nesting", """{"a":[[[[[[[[[[[[1]]]]]]]]]]]]}""", 4, "no valid safetensors")]
    [InlineData("no object", "[1, 2]", 4, "no valid safetensors")]
    public void A_safetensors_header_that_lies_is_refused(string attack, string header, int data, string text) => Assert.True(SafeTensors(header, data).Message.Contains(text, StringComparison.Ordinal), attack);

    [Theory]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public void A_safetensors_header_longer_than_its_file_is_refused(long declared) => Assert.Contains("declares a header", SafeTensors("{}", 0, declared).Message);

    [Fact]
    public void A_zip_bomb_meets_its_budget_before_it_is_unpacked()
    {
        Npz.Write(_path, new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(Shape.Of(100 * Mebibyte), DType.UInt8) }, overwrite: true, compress: true);
        Assert.True(new FileInfo(_path).Length < Mebibyte);
        Assert.Equal("maxBytes", Assert.Throws<BudgetException>(() => Npz.Read(_path, Mebibyte)).Limit);
    }

    [Fact]
    public void A_zip_of_many_small_bombs_is_summed()
    {
        Npz.Write(_path, Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"x{i}", Tensor.Zeros(Shape.Of(Mebibyte), DType.UInt8))), overwrite: true, compress: true);
        Assert.Throws<BudgetException>(() => Npz.Read(_path, 99 * Mebibyte));
        Assert.Equal(100, Npz.Read(_path, 101 * Mebibyte).Count);
    }

    // An entry whose directory promises more than it holds: 1 GiB in a few bytes, or other bytes than its checksum.
    [Theory]
    [InlineData(24, 1 << 30, "unpacks from")]
    [InlineData(16, 1, "checksum")]
    public void A_zip_directory_that_lies_is_refused(int field, int value, string text)
    {
        Npz.Write(_path, new Dictionary<string, Tensor> { ["x"] = Tensor.Ones(Shape.Of(1000)) }, overwrite: true, compress: true);
        byte[] bytes = File.ReadAllBytes(_path);
        int directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(directory + field), value);
        File.WriteAllBytes(_path, bytes);
        Assert.Contains(text, Assert.Throws<InvalidDataException>(() => Npz.Read(_path)).Message);
    }

    [Fact]
    public void A_zip_that_holds_an_array_twice_or_another_file_is_refused()
    {
        foreach (string[] names in (string[][])[["x.npy", "x.npy"], ["../../x.txt"]])
        {
            using (ZipArchive zip = new(File.Create(_path), ZipArchiveMode.Create))
            {
                foreach (string name in names)
                {
                    using Stream entry = zip.CreateEntry(name).Open();
                    Npy.Write(entry, Tensor.Ones(Shape.Of(1)));
                }
            }
            Assert.Contains(names.Length > 1 ? "twice" : "no .npy array", Assert.Throws<InvalidDataException>(() => Npz.Read(_path)).Message);
        }
    }

    [Theory]
    [InlineData("(-1,)", "size '-1'")]
    [InlineData("(4294967296,)", "more than a tensor can hold")]
    [InlineData("(65536, 65536, 65536, 65536)", "more than a tensor can hold")]
    [InlineData("(3,)", "declares 12 bytes of elements and holds 4")]
    [InlineData("(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", "17 dimensions")]
    public void An_npy_shape_that_its_bytes_do_not_fill_is_refused(string shape, string sentence)
    {
        byte[] text = Encoding.Latin1.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        File.WriteAllBytes(_path, [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, 0, 0, 0, 0]);
        Assert.Contains(sentence, Assert.Throws<InvalidDataException>(() => Npy.Read(_path)).Message);
    }

    [Fact]
    public void A_gzip_bomb_meets_its_budget_before_it_is_unpacked()
    {
        using (GZipStream zip = new(File.Create(_path), CompressionLevel.Optimal))
        {
            zip.Write([0, 0, 8, 1, 0x06, 0x40, 0, 0]);       // 100 MiB of bytes
            for (int i = 0; i < 100; i++) zip.Write(new byte[Mebibyte]);
        }
        Assert.True(new FileInfo(_path).Length < Mebibyte);
        Assert.Equal("maxBytes", Assert.Throws<BudgetException>(() => Idx.Read(_path, Mebibyte)).Limit);
        Assert.Equal(100 * Mebibyte, Idx.Read(_path).Length);
    }

    [Theory]
    [InlineData("metrics")]
    [InlineData("arguments")]
    [InlineData("environment")]
    [InlineData("artifacts")]
    public void A_run_record_without_a_list_is_refused(string list)
    {
        RunFolder folder = RunFolder.At(Directory.CreateTempSubdirectory("dyadic-hostile-").FullName);
        File.WriteAllText(folder.File("run.json"), $$"""{"schemaVersion":1,"id":"a","name":"b","started":"2000-01-01T00:00:00Z","{{list}}":null}""");
        Assert.Throws<InvalidDataException>(folder.Read);
        Directory.Delete(folder.Path, recursive: true);
    }

    [Theory]
    [InlineData("more than the file can hold", new byte[] { 0, 0, 8, 1, 0x7F, 0xFF, 0xFF, 0xFF, 1 })]
    [InlineData("declares [4294967295, 4294967295, 4294967295]", new byte[] { 0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData("does not start with the magic", new byte[] { 0, 0, 8, 200, 0, 0, 0, 1 })]
    [InlineData("is longer than [1]", new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 1, 2, 3 })]
    [InlineData("is truncated", new byte[] { })]
    public void An_idx_file_that_lies_is_refused(string sentence, byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        Assert.Contains(sentence, Assert.Throws<InvalidDataException>(() => Idx.Read(_path)).Message);
    }
}
