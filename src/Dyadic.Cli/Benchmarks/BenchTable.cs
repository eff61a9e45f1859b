using System.Globalization;
using Dyadic.Cli.Framework;
using Spectre.Console;

namespace Dyadic.Cli.Benchmarks;

/// <summary>Rows of bench for people: a line for each model, threads and batch, the peer beside it.</summary>
internal static class BenchTable
{
    public static Table Of(IReadOnlyList<BenchRow> rows)
    {
        bool peer = rows.Any(r => r.Engine != BenchEngines.Dyadic);
        Table table = peer
            ? Tables.New("model", "#threads", "#batch", "#ms", "#peer ms", "#times as fast", "#first ms", "#peer first ms", "#arena", "#weights", "#peak", "#peer's peak", "agreement", "peer")
            : Tables.New("model", "#threads", "#batch", "#ms", "#fastest ms", "#samples/s", "#times as fast", "#first ms", "#arena", "#weights", "as");
        foreach (BenchRow ours in rows.Where(r => r.Engine == BenchEngines.Dyadic))
        {
            BenchRow? theirs = rows.FirstOrDefault(r => r.Engine != ours.Engine && (r.Model, r.Threads, r.Batch) == (ours.Model, ours.Threads, ours.Batch));
            string ratio = ours.Ratio.ToString("F2", CultureInfo.InvariantCulture), arena = Bytes(ours.ArenaBytes), weights = Bytes(ours.WeightBytes);
            string[] start = [ours.Model, $"{ours.Threads}", $"{ours.Batch}", Milliseconds(ours.MedianMs)];
            string first = Milliseconds(ours.FirstMs);
            table.AddText(
                !peer ? [.. start, Milliseconds(ours.MinMs), Tables.Number((long)ours.SamplesPerSecond), ratio, first, arena, weights, ours.Baseline]
                : theirs is null ? [.. start, "-", "-", first, "-", arena, weights, Bytes(ours.PeakBytes), "-", "-", "-"]
                : [.. start, Milliseconds(theirs.MedianMs), ratio, first, Milliseconds(theirs.FirstMs), arena, weights, Bytes(ours.PeakBytes), Bytes(theirs.PeakBytes), Text(ours.Agreement!), ours.Baseline]);
        }
        return table;
    }

    private static string Text(Agreement a) =>
        a.Equal == 1 ? "equal" : string.Create(CultureInfo.InvariantCulture, $"{a.SqnrDb:F1} dB, {100 * a.Equal:F1} % equal");

    private static string Bytes(long? bytes) => bytes is { } known ? Tables.Bytes(known) : "-";

    private static string Milliseconds(double ms) => ms.ToString(ms < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);
}
