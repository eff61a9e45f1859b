using System.Text.RegularExpressions;
using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>Where types are declared, and what each folder of Core can name.</summary>
public partial class NamespaceTests
{
    public static TheoryData<string> Projects => [.. Layers.Projects.Keys];

    public static TheoryData<string> CoreFolders => [.. Directory.GetDirectories(Repository.At("src/Dyadic.Core"))
        .Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj")).Order()];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_declares_only_its_own_namespaces(string project)
    {
        foreach (string file in Repository.Sources("src/" + project))
            foreach (Match m in Declared().Matches(File.ReadAllText(file)))
                Assert.True(Owns(project, m.Groups[1].Value),
                    $"{Repository.Relative(file)} declares namespace {m.Groups[1].Value}, which is not of {project}.");
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_project_names_no_namespace_above_it(string project)
    {
        string[] above = [.. Layers.Projects.Keys.Where(p => p != project && !Layers.Projects[project].Contains(p) && p != "Dyadic.Core")];
        foreach (string file in Repository.Sources("src/" + project))
            Assert.DoesNotContain(Used().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value), n => above.Any(p => Owns(p, n)));
    }

    [Theory, MemberData(nameof(CoreFolders))]
    public void A_folder_of_Core_is_a_namespace_and_names_only_those_below(string folder)
    {
        Assert.True(Layers.CoreFolders.TryGetValue(folder, out string[]? below),
            $"src/Dyadic.Core/{folder} has no place in the layers. Give it one in Layers.cs.");
        string[] above = [.. Layers.CoreFolders.Keys.Where(f => f != folder && !below.Contains(f) && f != "Tensors")];
        string any = string.Join('|', above), bare = string.Join('|', above.Where(f => f != "Data"));      // Data is a common property name too
        Regex names = new($@"(?<![\w.])({bare})\.(?=[A-Z])|\bDyadic\.({any})\b", RegexOptions.Multiline);
        foreach (string file in Repository.Sources("src/Dyadic.Core/" + folder))
        {
            string text = Comment().Replace(File.ReadAllText(file), "");
            string own = Layers.NamespaceOf(folder);
            foreach (Match m in Declared().Matches(text))
                Assert.True(m.Groups[1].Value == own, $"{Repository.Relative(file)} declares {m.Groups[1].Value}, not {own}.");
            foreach (Match m in names.Matches(text))
                Assert.Fail($"{Repository.Relative(file)} names '{m.Value.Trim()}', which lies above {folder}.");
        }
    }

    // A global using of an upper folder would show it to all.
    [Fact]
    public void Outside_its_folders_Core_only_names_the_layers_below() =>
        Assert.All(Directory.GetFiles(Repository.At("src/Dyadic.Core"), "*.cs").SelectMany(File.ReadLines), line =>
            Assert.Matches(@"^(|//.*|global using (Dyadic\.(Numerics|Kernels|Runtime)|System)[\w.]*;.*)$", line));

    // Core owns the root namespace and one below it for each of its folders; the others own their name and what is below it.
    private static bool Owns(string project, string name) => project == "Dyadic.Core"
        ? Layers.CoreFolders.Keys.Any(f => name == Layers.NamespaceOf(f))
        : name == project || name.StartsWith(project + ".", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Declared();

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+|\w+\s*=\s*)?(Dyadic[\w.]*)", RegexOptions.Multiline)]
    private static partial Regex Used();

    [GeneratedRegex(@"//.*")]
    private static partial Regex Comment();
}
