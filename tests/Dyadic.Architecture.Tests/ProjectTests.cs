using System.Xml.Linq;
using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>What the project files say.</summary>
public class ProjectTests
{
    private static readonly string[] MayBeUnsafe = ["Dyadic.Numerics", "Dyadic.Kernels", "Dyadic.Runtime"];

    private static readonly string[] Weakening =
    [
        "TreatWarningsAsErrors", "WarningsNotAsErrors", "WarningLevel", "Nullable", "AnalysisLevel", "AnalysisMode", "EnforceCodeStyleInBuild",
        "EnableNETAnalyzers", "RunAnalyzers", "RunAnalyzersDuringBuild", "GenerateDocumentationFile", "LangVersion", "DisabledWarnings",
    ];

    public static TheoryData<string> Sources => [.. Directory.GetDirectories(Repository.At("src")).Select(d => Path.GetFileName(d)).Order()];

    public static TheoryData<string> All =>
        [.. new[] { "src", "tests", "bench" }.SelectMany(d => Directory.GetFiles(Repository.At(d), "*.csproj", SearchOption.AllDirectories))
            .Select(Repository.Relative).Order()];

    [Theory, MemberData(nameof(Sources))]
    public void A_project_refers_only_to_those_below(string project)
    {
        Assert.True(Layers.Projects.TryGetValue(project, out string[]? below),
            $"src/{project} has no place in the layers. Give it one in Layers.cs and docs/design.md.");
        string[] used = [.. Load($"src/{project}/{project}.csproj").Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Split('/', '\\')[^1]))];
        Assert.Empty(used.Except(below));
    }

    [Theory, MemberData(nameof(Sources))]
    public void A_project_is_in_the_solution(string project) =>
        Assert.Contains(Load("Dyadic.slnx").Descendants("Project"), p => p.Attribute("Path")!.Value == $"src/{project}/{project}.csproj");

    [Theory, MemberData(nameof(Sources))]
    public void Unsafe_code_lives_in_three_projects(string project)
    {
        bool allowed = Load($"src/{project}/{project}.csproj").Descendants("AllowUnsafeBlocks").Any(e => e.Value.Trim() == "true");
        Assert.True(!allowed || MayBeUnsafe.Contains(project), $"src/{project} allows unsafe code. Move that code down into Numerics, Kernels or Runtime.");
    }

    [Theory, MemberData(nameof(All))]
    public void A_project_weakens_no_warning(string path)
    {
        XDocument project = Load(path);
        Assert.Empty(project.Descendants().Where(e => Weakening.Contains(e.Name.LocalName)).Select(e => e.ToString()));
        Assert.All(project.Descendants("NoWarn"), e =>
            Assert.True(e.NodesBeforeSelf().LastOrDefault(n => n is not XText) is XComment, $"{path}: {e} gives no reason. Write one as a comment before it."));
        Assert.Empty(project.Descendants("PackageReference").Where(p => p.Attribute("Version") is not null).Select(p => p.ToString()));
    }

    [Fact]
    public void The_shared_settings_stay_strict()
    {
        XElement shared = Load("Directory.Build.props").Descendants("PropertyGroup").First();
        foreach (string name in (string[])["TreatWarningsAsErrors", "Deterministic", "EnforceCodeStyleInBuild", "GenerateDocumentationFile"])
            Assert.Equal("true", shared.Element(name)?.Value);
        Assert.Equal("enable", shared.Element("Nullable")?.Value);
        Assert.Equal("latest-recommended", shared.Element("AnalysisLevel")?.Value);
    }

    [Fact]
    public void Package_versions_are_exact() =>
        Assert.All(Load("Directory.Packages.props").Descendants("PackageVersion"), p => Assert.Matches(@"^\d+\.\d+\.\d+$", p.Attribute("Version")!.Value));

    private static XDocument Load(string path) => XDocument.Load(Repository.At(path));
}
