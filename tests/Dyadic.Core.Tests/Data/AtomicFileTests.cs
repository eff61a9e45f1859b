using Dyadic.Data;

namespace Dyadic.Core.Tests.Data;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_failed_write_leaves_nothing_new()
    {
        using Folder folder = new();
        string path = folder.At("x");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s => Half(s)));
        Assert.Empty(folder.Names);
        AtomicFile.Write(path, s => s.WriteByte(1));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s => Half(s), overwrite: true));
        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Equal(["x"], folder.Names);
    }

    private static void Half(Stream stream)
    {
        stream.WriteByte(2);
        throw new InvalidOperationException("half way");
    }

    [Fact]
    public void An_existing_file_is_replaced_only_on_request()
    {
        using Folder folder = new();
        AtomicFile.Write(folder.At("x"), s => s.WriteByte(1));
        Assert.Contains("--force", Assert.Throws<IOException>(() => AtomicFile.Write(folder.At("x"), s => s.WriteByte(2))).Message);
        Assert.Equal([1], File.ReadAllBytes(folder.At("x")));
        AtomicFile.Write(folder.At("x"), s => s.WriteByte(2), overwrite: true);
        Assert.Equal([2], File.ReadAllBytes(folder.At("x")));
    }

    [Fact]
    public void A_path_that_cannot_be_written_is_named()
    {
        using Folder folder = new();
        string path = folder.At("no/such/x");
        Assert.Contains(path, Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => { })).Message);
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => AtomicFile.Write(folder.At("."), _ => { })).Message);
    }
}
