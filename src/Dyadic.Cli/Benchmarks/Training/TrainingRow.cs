using System.Globalization;
using Dyadic.Cli.Framework;
using Spectre.Console;

namespace Dyadic.Cli.Benchmarks.Training;

/// <summary>A row of bench train.</summary>
/// <param name="Network">The case.</param>
/// <param name="Engine">dyadic or torch.</param>
/// <param name="Arithmetic">In which dyadic computes; float32 for the peer.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Batch">Samples of a step.</param>
/// <param name="MedianMs">Median milliseconds of one step.</param>
/// <param name="MinMs">The fastest round.</param>
/// <param name="SamplesPerSecond">Batch / median.</param>
/// <param name="Share">Its time as a share of the peer's, the median over rounds: below 1 is faster; null without a peer.</param>
/// <param name="PeakBytes">The most memory that the process held during the case.</param>
/// <param name="Losses">The losses before the first steps.</param>
internal sealed record TrainingRow(
    string Network, string Engine, string Arithmetic, int Threads, int Batch, double MedianMs, double MinMs, double SamplesPerSecond, double? Share, long PeakBytes, double[] Losses)
{
    /// <summary>Rows for people, a line for each case and thread count.</summary>
    public static Table TableOf(IReadOnlyList<TrainingRow> rows)
    {
        bool peer = rows.Any(r => r.Share is not null);
        Table table = peer
            ? Tables.New("network", "#batch", "#threads", "#ms a step", "#torch ms", "#of torch's time", "#peak memory", "#torch's peak")
            : Tables.New("network", "#batch", "#threads", "#ms a step", "#fastest ms", "#samples/s", "#peak memory");
        foreach (TrainingRow ours in rows.Where(r => r.Engine == BenchEngines.Dyadic))
        {
            string[] start = [ours.Network, $"{ours.Batch}", $"{ours.Threads}", Milliseconds(ours.MedianMs)];
            TrainingRow? theirs = rows.FirstOrDefault(r => r.Engine != ours.Engine && (r.Network, r.Threads) == (ours.Network, ours.Threads));
            table.AddText(theirs is null
                ? [.. start, Milliseconds(ours.MinMs), Tables.Number((long)ours.SamplesPerSecond), Tables.Bytes(ours.PeakBytes)]
                : [.. start, Milliseconds(theirs.MedianMs), ours.Share!.Value.ToString("F2", CultureInfo.InvariantCulture), Tables.Bytes(ours.PeakBytes), Tables.Bytes(theirs.PeakBytes)]);
        }
        return table;
    }

    private static string Milliseconds(double ms) => ms.ToString(ms < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);
}
