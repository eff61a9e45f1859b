using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Data;

public sealed class NpyTests
{
    public static TheoryData<DType> Types => [.. Enum.GetValues<DType>().Where(t => !t.IsStored() && t != DType.String)];

    private static string Golden(string name) => Repository.At("tests/golden/data/" + name);

    private static Tensor Random(DType type, params int[] dims)
    {
        Tensor x = Tensor.Empty(Shape.Of(dims), type);
        Rng rng = new(11);
        foreach (ref byte b in x.Bytes()) b = (byte)(type == DType.Bool ? rng.NextInt(2) : rng.NextInt(256));
        return x;
    }

    [Fact]
    public void Types_that_numpy_lacks_are_refused_and_leave_no_file()
    {
        using Folder folder = new();
        foreach (DType type in Enum.GetValues<DType>().Where(t => t.IsStored()))
        {
            Assert.Contains($"{type} [2]", Assert.Throws<ArgumentException>(() => Npy.Write(folder.At("x.npy"), Tensor.Ones([2]).Cast(type))).Message, StringComparison.Ordinal);
            Assert.False(File.Exists(folder.At("x.npy")));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Arrays_come_back_as_they_were(DType type)
    {
        using Folder folder = new();
        foreach (int[] dims in (int[][])[[], [5], [2, 3], [0, 4], [1, 2, 3, 4]])
        {
            Tensor x = Random(type, dims);
            Npy.Write(folder.At("x.npy"), x, overwrite: true);
            Npz.Write(folder.At("x.npz"), [new("a", x), new("b/c", x)], overwrite: true, compress: dims.Length > 2);
            IReadOnlyDictionary<string, Tensor> all = Npz.Read(folder.At("x.npz"));
            Assert.Equal(["a", "b/c"], all.Keys);
            foreach (Tensor y in (Tensor[])[Npy.Read(folder.At("x.npy")), all["b/c"]])
            {
                Assert.Equal(x.TensorType, y.TensorType);
                Assert.Equal(x.Bytes().ToArray(), y.Bytes().ToArray());
            }
        }
    }

    [Theory]
    [InlineData("f4", DType.Float32)]
    [InlineData("f8", DType.Float64)]
    [InlineData("f2", DType.Float16)]
    [InlineData("i1", DType.Int8)]
    [InlineData("u1", DType.UInt8)]
    [InlineData("i2", DType.Int16)]
    [InlineData("u2", DType.UInt16)]
    [InlineData("i4", DType.Int32)]
    [InlineData("i8", DType.Int64)]
    public void What_NumPy_wrote_is_read_and_written_the_same(string code, DType type)
    {
        using Folder folder = new();
        Tensor x = Npy.Read(Golden($"counting_{code}.npy"));
        Assert.Equal(new TensorType(type, [2, 3, 4]), x.TensorType);
        Assert.Equal(Enumerable.Range(0, 24), x.Cast(DType.Int32).ToArray<int>());
        Npy.Write(folder.At("x.npy"), x);
        Assert.Equal(File.ReadAllBytes(Golden($"counting_{code}.npy")), File.ReadAllBytes(folder.At("x.npy")));
    }

    [Fact]
    public void Other_forms_of_NumPy_are_read()
    {
        foreach (string name in (string[])["version_2", "version_3", "fortran"])
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), Npy.Read(Golden(name + ".npy")).ToArray<float>());
        Assert.Equal([true, false, true], Npy.Read(Golden("bool.npy")).ToArray<bool>());
        Assert.Equal(1.5f, Npy.Read(Golden("scalar.npy")).Item<float>());
        Assert.Equal([0, 3], Npy.Read(Golden("empty.npy")).Shape.ToArray());
        Assert.Contains("astype('<f4')", Assert.Throws<InvalidDataException>(() => Npy.Read(Golden("big_endian.npy"))).Message);
        Assert.Contains("records", Assert.Throws<InvalidDataException>(() => Npy.Read(Golden("records.npy"))).Message);
        foreach (string name in (string[])["stored.npz", "deflated.npz"])
        {
            IReadOnlyDictionary<string, Tensor> all = Npz.Read(Golden(name));
            Assert.Equal([7L, 9L], all["labels"].ToArray<long>());
            Assert.Equal([2, 3, 4], all["images"].Shape.ToArray());
        }
    }

    [Fact]
    public void Strings_are_those_of_NumPy()
    {
        using Folder folder = new();
        string[] words = ["b", "", "ä", "𝄞 clef", "a", "b"];
        foreach (string name in (string[])["text.npy", "text_fortran.npy"])
        {
            Tensor x = Npy.Read(Golden(name));
            Assert.Equal("string[2, 3]", x.TensorType.ToString());
            Assert.Equal(words, x.ToStrings());
        }
        Npy.Write(folder.At("x.npy"), Tensor.FromStrings(words, [2, 3]));
        Assert.Equal(File.ReadAllBytes(Golden("text.npy")), File.ReadAllBytes(folder.At("x.npy")));
        Npz.Write(folder.At("x.npz"), [new("words", Tensor.FromStrings(["", ""], [1, 2]).Transpose())]);
        Assert.Equal(["", ""], Npz.Read(folder.At("x.npz"))["words"].ToStrings());
        Assert.Contains("ends in a zero", Assert.Throws<ArgumentException>(() => Npy.Write(folder.At("y.npy"), Tensor.FromStrings(["a\0"], [1]))).Message);
        Assert.Contains("as much room", Assert.Throws<ArgumentException>(() => Npy.Write(folder.At("y.npy"), Tensor.FromStrings([new string('a', 1 << 20), ""], [2]).Expand([600, 2]))).Message);
        Assert.False(File.Exists(folder.At("y.npy")));
    }

    // A character that is none, strings of no characters, and more than a tensor holds.
    [Theory]
    [InlineData("<U1", "(1,)", 4, "holds 4294967295 as a character of string 0")]
    [InlineData("<U0", "(1,)", 0, "strings of '0' characters")]
    [InlineData("<U99999999999", "(1,)", 4, "strings of '99999999999' characters")]
    [InlineData("<U2147483647", "(1,)", 4, "more than a tensor can hold")]
    [InlineData("<U4", "(2147483647,)", 4, "more than a tensor can hold")]
    [InlineData("<U2", "(1,)", 4, "declares 8 bytes of elements and holds 4")]
    [InlineData(">U1", "(1,)", 4, "'>U1'")]
    public void Strings_that_lie_are_refused(string code, string dims, int bytes, string text)
    {
        using Folder folder = new();
        byte[] header = NpyHeader.Format(DType.Float32, Shape.Of(1));
        string lie = $"{{'descr': '{code}', 'fortran_order': False, 'shape': {dims}, }}".PadRight(header.Length - 11) + "\n";
        File.WriteAllBytes(folder.At("x.npy"), [.. header[..10], .. System.Text.Encoding.Latin1.GetBytes(lie), .. Enumerable.Repeat((byte)0xFF, bytes)]);
        Assert.Contains(text, Assert.Throws<InvalidDataException>(() => Npy.Read(folder.At("x.npy"))).Message);
    }

    [Theory]
    [InlineData("counting_f4.npy")]
    [InlineData("text.npy")]
    [InlineData("fortran.npy")]
    [InlineData("version_3.npy")]
    public void Damaged_arrays_are_refused(string name)
    {
        using Folder folder = new();
        folder.Damage(File.ReadAllBytes(Golden(name)), "bad.npy", path => Npy.Read(path));
    }

    [Theory]
    [InlineData("stored.npz")]
    [InlineData("deflated.npz")]
    public void Damaged_archives_are_refused(string name)
    {
        using Folder folder = new();
        folder.Damage(File.ReadAllBytes(Golden(name)), "bad.npz", path => Npz.Read(path));
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")]
    [InlineData("{'descr': '<f4', 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x")]
    [InlineData("")]
    public void Hostile_headers_are_refused(string header)
    {
        using Folder folder = new();
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.Latin1.GetBytes(header), 0, 0, 0, 0];
        File.WriteAllBytes(folder.At("x.npy"), file);
        Assert.Contains(folder.At("x.npy"), Assert.Throws<InvalidDataException>(() => Npy.Read(folder.At("x.npy"))).Message);
    }

    [Fact]
    public void An_archive_beyond_the_cap_is_refused_and_equal_archives_have_equal_bytes()
    {
        using Folder folder = new();
        Tensor zeros = Tensor.Zeros([1000, 1000]);
        Npz.Write(folder.At("a.npz"), [new("zeros", zeros)], compress: true);
        Assert.True(new FileInfo(folder.At("a.npz")).Length < 10_000);
        Assert.Contains("at most 1000000", Assert.Throws<BudgetException>(() => Npz.Read(folder.At("a.npz"), maxBytes: 1_000_000)).Message);
        Npz.Write(folder.At("b.npz"), [new("zeros", zeros)], compress: true);
        Assert.Equal(File.ReadAllBytes(folder.At("a.npz")), File.ReadAllBytes(folder.At("b.npz")));
    }
}
