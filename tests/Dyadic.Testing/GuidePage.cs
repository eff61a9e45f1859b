using Xunit;

namespace Dyadic.Testing;

/// <summary>A page of docs/guides, whose code and commands tests run.</summary>
public static class GuidePage
{
    /// <summary>Checks that every block of C# on a page stands in a source file, but for blanks at the ends of lines and empty lines.</summary>
    /// <param name="page">The page, below docs/guides.</param>
    /// <param name="source">The file, from the root of the repository.</param>
    /// <param name="blocks">How many blocks the page has.</param>
    public static void ShowsCodeOf(string page, string source, int blocks)
    {
        string code = Trimmed(File.ReadAllText(Repository.At(source)));
        string[] found = [.. Blocks(page, "csharp").Select(Trimmed)];
        Assert.Equal(blocks, found.Length);
        Assert.All(found, block => Assert.Contains(block, code, StringComparison.Ordinal));
    }

    /// <summary>The commands of a page: the lines of its blocks marked sh that begin with dyadic, as words; what follows a # is left out.</summary>
    public static IReadOnlyList<string[]> Commands(string page) =>
        [.. Blocks(page, "sh").SelectMany(b => b.Split('\n')).Select(l => l.Split('#')[0].Trim()).Where(l => l.StartsWith("dyadic ", StringComparison.Ordinal)).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..])];

    private static IEnumerable<string> Blocks(string page, string language) =>
        File.ReadAllText(Repository.At($"docs/guides/{page}")).ReplaceLineEndings("\n").Split($"```{language}\n").Skip(1).Select(part => part.Split("```")[0]);

    private static string Trimmed(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0));
}
