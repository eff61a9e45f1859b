using Dyadic.Bench.RealModels;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.RealModels;

/// <summary>Published networks: node by node and as plans they give what ONNX Runtime gives, at several sizes and batches, and the same answers.</summary>
public class AgreementTests
{
    public static TheoryData<string> FetchedNames => [.. Catalogue.Fetched.Select(m => m.Name)];

    public static TheoryData<string> ExternalNames => [.. Catalogue.External.Select(m => m.Name)];

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.OnnxRuntime, Fixture.PublishedModels), MemberData(nameof(FetchedNames))]
    public void Those_fetched_agree(string name) => Check(name);

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.OnnxRuntime, Fixture.ExternalData), MemberData(nameof(ExternalNames))]
    public void Those_of_the_external_data_agree(string name) => Check(name);

    [FixtureFact(Fixture.ExternalData)]
    public void Every_file_of_the_external_data_is_listed() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(RealModelFiles.Data, "models"), "*.onnx", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(RealModelFiles.Data, "models"), f)).Where(f => !f.StartsWith("structure-only", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        Catalogue.External.Select(m => m.File).Order(StringComparer.Ordinal));

    [FixtureFact(Fixture.PublishedModels)]
    public void Every_fetched_file_is_listed() => Assert.Equal(
        Directory.EnumerateFiles(RealModelFiles.Fetched, "*.onnx").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal), Catalogue.Fetched.Select(m => m.File).Order(StringComparer.Ordinal));

    private static void Check(string name)
    {
        IReadOnlyList<string> wrong = RealModelCheck.Differences(Catalogue.All.First(m => m.Name == name), Fixtures.OnnxRuntime);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
