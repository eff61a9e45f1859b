using System.IO.Compression;
using Dyadic.Data;
using Dyadic.Fuzz.Mutations;
using Dyadic.Numerics;

namespace Dyadic.Fuzz.Targets;

/// <summary>A .npz file.</summary>
public sealed class NpzTarget : DataTarget
{
    private const long MostBytes = 1 << 24;
    private const int NpyStart = 10;

    /// <inheritdoc/>
    public override string Name => "npz";

    /// <inheritdoc/>
    protected override IEnumerable<byte[]> MakeSeeds(string file)
    {
        Dictionary<string, Tensor> arrays = new() { ["x"] = Tensor.Ones(Shape.Of(2, 3)), ["labels"] = Tensor.Vector<long>(1, 2), ["s"] = Tensor.Scalar(1, DType.Bool) };
        foreach (bool compress in (bool[])[false, true])
        {
            Npz.Write(file, arrays, overwrite: true, compress);
            yield return File.ReadAllBytes(file);
        }
    }

    // Mostly an array inside, zipped again.
    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng)
    {
        if (rng.NextInt(3) == 0) return base.Mutate(seed, rng);
        using MemoryStream changed = new();
        using (ZipArchive from = new(new MemoryStream(seed)), to = new(changed, ZipArchiveMode.Create, leaveOpen: true))
        {
            int chosen = rng.NextInt(from.Entries.Count);
            for (int i = 0; i < from.Entries.Count; i++)
            {
                using MemoryStream content = new();
                using (Stream entry = from.Entries[i].Open()) entry.CopyTo(content);
                byte[] bytes = content.ToArray();
                if (i == chosen) bytes = rng.NextInt(2) == 0 ? ByteMutator.Mutate(bytes, rng) : [.. bytes[..NpyStart], .. TextMutator.Mutate(bytes[NpyStart..], rng)];
                using Stream written = to.CreateEntry(rng.NextInt(32) == 0 ? "x.npy" : from.Entries[i].FullName, CompressionLevel.Fastest).Open();
                written.Write(bytes);
            }
        }
        return changed.ToArray();
    }

    /// <inheritdoc/>
    protected override void Read(string path) => Npz.Read(path, MostBytes);
}
