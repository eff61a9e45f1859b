using System.IO.Compression;
using Dyadic.Data;
using Dyadic.Fuzz.Mutations;
using Dyadic.Numerics;

namespace Dyadic.Fuzz.Targets;

/// <summary>An IDX file, plain or gzip.</summary>
public sealed class IdxTarget : DataTarget
{
    private const long MostBytes = 1 << 24;

    /// <inheritdoc/>
    public override string Name => "idx";

    /// <inheritdoc/>
    protected override IEnumerable<byte[]> MakeSeeds(string file)
    {
        byte[] bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6], floats = [0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3F, 0x80, 0, 0, 0, 0, 0, 0];
        return [bytes, floats, Zipped(bytes), Zipped(floats)];
    }

    // Mostly what is inside, zipped again.
    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng)
    {
        if (seed[0] != 0x1F || rng.NextInt(3) == 0) return base.Mutate(seed, rng);
        using MemoryStream content = new();
        using (GZipStream unzipped = new(new MemoryStream(seed), CompressionMode.Decompress)) unzipped.CopyTo(content);
        return Zipped(ByteMutator.Mutate(content.ToArray(), rng));
    }

    /// <inheritdoc/>
    protected override void Read(string path) => Idx.Read(path, MostBytes);

    private static byte[] Zipped(byte[] bytes)
    {
        using MemoryStream zipped = new();
        using (GZipStream zip = new(zipped, CompressionLevel.Fastest, leaveOpen: true)) zip.Write(bytes);
        return zipped.ToArray();
    }
}
