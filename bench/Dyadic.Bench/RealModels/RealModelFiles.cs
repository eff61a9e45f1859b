namespace Dyadic.Bench.RealModels;

/// <summary>Where published networks and data for them lie.</summary>
internal static class RealModelFiles
{
    /// <summary>What <c>fixtures/models</c> fetches, in .fixtures/models of the repository.</summary>
    public static string Fetched => Path.Combine(Root, ".fixtures", "models");

    /// <summary>DYADIC_DATA, or shared/data beside the repository: networks in its folder models, photos, sounds and texts beside it.</summary>
    public static string Data => Environment.GetEnvironmentVariable("DYADIC_DATA") is { Length: > 0 } set ? set : Path.Combine(Root, "..", "shared", "data");

    private static string Root { get; } = Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory) ?? Environment.CurrentDirectory;

    /// <summary>The full path of a network's file, or null where it is absent.</summary>
    public static string? Find(string file) => ((string[])[Path.Combine(Fetched, file), Path.Combine(Data, "models", file)]).FirstOrDefault(File.Exists);

    private static string? Above(string start)
    {
        for (DirectoryInfo? d = new(start); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Dyadic.slnx"))) return d.FullName;
        return null;
    }
}
