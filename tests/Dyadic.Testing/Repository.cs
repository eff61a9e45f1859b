namespace Dyadic.Testing;

/// <summary>Where the sources lie.</summary>
public static class Repository
{
    /// <summary>The folder that holds Dyadic.slnx, found upwards from the test's own folder.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory) ?? Find(Environment.CurrentDirectory)
        ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Dyadic.slnx. Run the tests inside a clone.");

    /// <summary>True when golden files are to be rewritten, which <c>./check --accept</c> asks for.</summary>
    public static bool Accepts => Environment.GetEnvironmentVariable("DYADIC_ACCEPT") == "1";

    /// <summary>The full path of a file or folder of the repository, its parts separated by '/'.</summary>
    public static string At(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The path of <paramref name="full"/> from the root, its parts separated by '/'.</summary>
    public static string Relative(string full) => Path.GetRelativePath(Root, full).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>The C# files below a folder, without what a build has written, sorted.</summary>
    public static IEnumerable<string> Sources(string relative) =>
        Directory.EnumerateFiles(At(relative), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Relative(f).Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static string? Find(string start)
    {
        for (DirectoryInfo? d = new(start); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Dyadic.slnx"))) return d.FullName;
        return null;
    }
}
