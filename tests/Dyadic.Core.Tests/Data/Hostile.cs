using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Data;

/// <summary>A folder for one test, and files damaged in every way.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _info = Directory.CreateTempSubdirectory("dyadic-data-");

    public string At(string name) => Path.Combine(_info.FullName, name);

    public string[] Names => [.. _info.EnumerateFiles().Select(f => f.Name).Order()];

    public void Dispose() => _info.Delete(recursive: true);

    /// <summary>Every truncation, and <paramref name="flips"/> files with some bytes changed: read, or refused by one error that names the file.</summary>
    public void Damage(byte[] good, string name, Action<string> read, int flips = 400)
    {
        string path = At(name);
        for (int n = 0; n < good.Length; n++) Assert.True(Refuses(path, good[..n], read), $"{n} of {good.Length} bytes were accepted");
        for (int trial = 0; trial < flips; trial++)
        {
            Rng rng = new Rng(5).Split(trial);
            byte[] bad = (byte[])good.Clone();
            for (int k = rng.NextInt(1, 4); k > 0; k--) bad[rng.NextInt(bad.Length)] ^= (byte)rng.NextInt(1, 256);
            Refuses(path, bad, read);
        }
        Refuses(path, [.. good, 0], read);
    }

    private static bool Refuses(string path, byte[] content, Action<string> read)
    {
        File.WriteAllBytes(path, content);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(path);
            return false;
        }
        catch (InvalidDataException e)
        {
            Assert.Contains(path, e.Message);
            Assert.DoesNotContain('\n', e.Message);
            return true;
        }
        finally
        {
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 32 << 20, "a damaged file took more than 32 MiB");
        }
    }
}
