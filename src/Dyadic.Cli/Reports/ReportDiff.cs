namespace Dyadic.Cli.Reports;

/// <summary>One layer in two runs.</summary>
/// <param name="Name">The node.</param>
/// <param name="Op">Its op.</param>
/// <param name="ExecutedA">The type in which it runs in the first run; null where it is not there.</param>
/// <param name="ExecutedB">In the second.</param>
/// <param name="SqnrA">SQNR of its result in dB.</param>
/// <param name="SqnrB">In the second.</param>
/// <param name="BytesA">Bytes of its constants.</param>
/// <param name="BytesB">In the second.</param>
/// <param name="ScaleA">The scale of its result.</param>
/// <param name="ScaleB">In the second.</param>
internal sealed record LayerDifference(string Name, string Op, string? ExecutedA, string? ExecutedB, double? SqnrA, double? SqnrB, long BytesA, long BytesB, double? ScaleA, double? ScaleB)
{
    /// <summary>What the second run gains in dB; 0 where one has no value.</summary>
    public double SqnrGain => SqnrA is { } a && SqnrB is { } b && !a.Equals(b) ? b - a : 0;

    /// <summary>True when nothing that is compared differs.</summary>
    public bool IsSame => ExecutedA == ExecutedB && Nullable.Equals(SqnrA, SqnrB) && BytesA == BytesB && Nullable.Equals(ScaleA, ScaleB);
}

/// <summary>A number of two runs.</summary>
internal sealed record TotalDifference(string Name, double? A, double? B);

/// <summary>A setting of two runs that differs.</summary>
internal sealed record SettingDifference(string Name, string? A, string? B);

/// <summary>Two runs beside each other.</summary>
/// <param name="A">The first.</param>
/// <param name="B">The second.</param>
/// <param name="Totals">Bytes, mean SQNR, nodes in floating point, and accuracy and latency where both have them.</param>
/// <param name="Settings">Arguments that differ.</param>
/// <param name="Layers">Layers that differ, the largest changes first: other types, then dB, then bytes.</param>
/// <param name="Same">How many layers are the same.</param>
internal sealed record ReportDiff(string A, string B, IReadOnlyList<TotalDifference> Totals, IReadOnlyList<SettingDifference> Settings, IReadOnlyList<LayerDifference> Layers, int Same)
{
    /// <summary>The differences of two runs.</summary>
    public static ReportDiff Of(ReportData a, ReportData b)
    {
        Dictionary<string, ReportLayer> first = ByName(a), second = ByName(b);
        LayerDifference[] all = [.. a.Layers.Select(l => l.Name).Union(b.Layers.Select(l => l.Name)).Select(n => Of(n, first.GetValueOrDefault(n), second.GetValueOrDefault(n)))];
        LayerDifference[] changed = [.. all.Where(l => !l.IsSame).OrderByDescending(l => l.ExecutedA != l.ExecutedB).ThenByDescending(l => Math.Abs(l.SqnrGain)).ThenByDescending(l => Math.Abs(l.BytesB - l.BytesA))];
        SettingDifference[] settings = [.. a.Arguments.Keys.Union(b.Arguments.Keys).Select(k => new SettingDifference(k, a.Arguments.GetValueOrDefault(k), b.Arguments.GetValueOrDefault(k))).Where(s => s.A != s.B)];
        return new(a.Title, b.Title, Sums(a, b), settings, changed, all.Length - changed.Length);
    }

    private static Dictionary<string, ReportLayer> ByName(ReportData run) => run.Layers.DistinctBy(l => l.Name).ToDictionary(l => l.Name);

    private static LayerDifference Of(string name, ReportLayer? a, ReportLayer? b) =>
        new(name, (a ?? b)!.Op, a?.Executed, b?.Executed, a?.SqnrDb, b?.SqnrDb, a?.BytesInteger ?? 0, b?.BytesInteger ?? 0, a?.Scale, b?.Scale);

    private static IReadOnlyList<TotalDifference> Sums(ReportData a, ReportData b)
    {
        return
        [
            .. Both("accuracy", v => v.AccuracyInteger), .. Both("latencyMs", v => v.MsInteger), .. Both("fileBytes", v => v.BytesInteger),
            new("layerBytes", a.Layers.Sum(l => l.BytesInteger), b.Layers.Sum(l => l.BytesInteger)),
            new("meanSqnrDb", Mean(a), Mean(b)), new("leastSqnrDb", Least(a), Least(b)),
            new("floatNodes", a.Layers.Count(l => l.Reason.Length > 0), b.Layers.Count(l => l.Reason.Length > 0)),
        ];

        IEnumerable<TotalDifference> Both(string name, Func<ReportVerdict, double> of) => a.Verdict is { } x && b.Verdict is { } y ? [new(name, of(x), of(y))] : [];
    }

    private static double? Mean(ReportData run) => Noisy(run) is { Length: > 0 } values ? values.Average() : null;

    private static double? Least(ReportData run) => Noisy(run) is { Length: > 0 } values ? values.Min() : null;

    private static double[] Noisy(ReportData run) => [.. run.Layers.Select(l => l.SqnrDb).OfType<double>().Where(double.IsFinite)];
}
