using System.Text.RegularExpressions;
using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>What no file of the repository may say.</summary>
public partial class TextTests
{
    private static readonly string[] Folders = [".ci", "assets", "bench", "docs", "src", "tests"];

    [Fact]
    public void No_text_names_a_path_of_one_machine() =>
        Assert.All(Texts(), t => Assert.False(MachinePath().IsMatch(t.Text), $"{t.Path} says '{MachinePath().Match(t.Text).Value}'."));

    [Fact]
    public void No_text_leaves_work_for_later() =>
        Assert.All(Texts(), t => Assert.False(Later().IsMatch(t.Text), $"{t.Path} says '{Later().Match(t.Text).Value}'."));

    [Fact]
    public void A_warning_is_switched_off_only_with_a_reason() =>
        Assert.All(Texts().Where(t => t.Path.EndsWith(".cs", StringComparison.Ordinal)), t =>
            Assert.False(BarePragma().IsMatch(t.Text), $"{t.Path}: '{BarePragma().Match(t.Text).Value.Trim()}' gives no reason. Add one as a comment."));

    private static IEnumerable<(string Path, string Text)> Texts() =>
        Directory.GetFiles(Repository.Root).Where(f => Path.GetFileName(f) != ".git").Concat(Folders.Where(f => Directory.Exists(Repository.At(f))).SelectMany(Below))
            .Where(f => new FileInfo(f).Length < 1 << 20)
            .Select(f => (Path: Repository.Relative(f), Text: File.ReadAllText(f)))
            .Where(t => !t.Text.Contains('\0'));

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(Repository.At(folder), "*", SearchOption.AllDirectories)
            .Where(f => !Repository.Relative(f).Split('/').Any(part => part is "bin" or "obj" or "TestResults"));

    [GeneratedRegex(@"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\b(?:TO" + @"DO|FIX" + @"ME|XX" + @"X|HA" + @"CK)\b|NotImplemented" + @"Exception")]
    private static partial Regex Later();

    [GeneratedRegex(@"^\s*#pragma warning disable [\w, ]+$", RegexOptions.Multiline)]
    private static partial Regex BarePragma();
}
