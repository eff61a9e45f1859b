using Dyadic.Cli.Reports;

namespace Dyadic.Cli.Tests.Reports;

public class ReportDiffTests
{
    [Fact]
    public void The_largest_changes_come_first_and_what_is_the_same_is_only_counted()
    {
        ReportData a = Run("a", [Layer("same", 20), Layer("little", 20), Layer("much", 20), Layer("float", 20), Layer("gone", 20)]);
        ReportData b = Run("b", [Layer("same", 20), Layer("little", 21), Layer("much", 12), Layer("float", null) with { Executed = "float32", Reason = "kept" }, Layer("new", 9)]);
        ReportDiff diff = ReportDiff.Of(a, b);
        Assert.Equal(["gone", "new", "float", "much", "little"], diff.Layers.Select(l => l.Name));
        Assert.Equal((-8, 1, 0), (diff.Layers[3].SqnrGain, diff.Layers[4].SqnrGain, diff.Layers[0].SqnrGain));
        Assert.Equal((1, null, "uint8"), (diff.Same, diff.Layers[1].ExecutedA, diff.Layers[1].ExecutedB));
        Assert.Equal(("method", "a", "b"), (diff.Settings[0].Name, diff.Settings[0].A, diff.Settings[0].B));
        Dictionary<string, (double?, double?)> totals = diff.Totals.ToDictionary(t => t.Name, t => (t.A, t.B));
        Assert.Equal((500, 500), totals["layerBytes"]);
        Assert.Equal((20, 15.5), totals["meanSqnrDb"]);
        Assert.Equal((0, 1), totals["floatNodes"]);
        Assert.DoesNotContain("accuracy", totals.Keys);
        Assert.Empty(ReportDiff.Of(a, a).Layers);
        Assert.Empty(ReportDiff.Of(a, a).Settings);
    }

    private static ReportData Run(string name, ReportLayer[] layers) => new()
    {
        Title = name, Command = name, Made = DateTimeOffset.UnixEpoch, Layers = layers, Arguments = new Dictionary<string, string> { ["method"] = name, ["model"] = "m" },
    };

    private static ReportLayer Layer(string name, double? db) => new() { Name = name, Op = "Conv", Executed = "uint8", SqnrDb = db, BytesInteger = 100 };
}
