using Dyadic.Numerics;

namespace Dyadic.Fuzz.Targets;

/// <summary>Files that are read by their path.</summary>
public abstract class DataTarget : FuzzTarget, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dyadic-fuzz-").FullName;
    private IReadOnlyList<byte[]>? _seeds;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<byte[]> Seeds => _seeds ??= [.. MakeSeeds(Path.Combine(_folder, "seed"))];

    /// <inheritdoc/>
    public sealed override void Execute(byte[] file, Rng rng, Outcomes outcomes)
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, file);
        outcomes.Try(this, "read", () => Read(path));
    }

    /// <summary>Readers of data throw .NET's own word for bad data.</summary>
    public sealed override bool Allows(Exception e) => base.Allows(e) || e is InvalidDataException;

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Good files; <paramref name="file"/> is a place for writing them.</summary>
    protected abstract IEnumerable<byte[]> MakeSeeds(string file);

    /// <summary>Reads the file.</summary>
    protected abstract void Read(string path);
}
