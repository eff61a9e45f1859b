namespace Dyadic.Cli.Benchmarks;

/// <summary>A row of bench.</summary>
/// <param name="Model">The model.</param>
/// <param name="Engine">dyadic or onnxruntime.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Batch">Samples a run.</param>
/// <param name="MedianMs">Median milliseconds of one run.</param>
/// <param name="MinMs">The fastest round.</param>
/// <param name="SamplesPerSecond">Batch / median.</param>
/// <param name="Ratio">How many times as fast as the baseline of its threads and batch: the median over rounds of baseline time / its time.</param>
/// <param name="Baseline">The baseline: file and engine.</param>
/// <param name="File">The file, which --peer-model makes another than the model.</param>
/// <param name="FirstMs">Milliseconds from the file to the end of the first run.</param>
/// <param name="LoadMs">Of these, reading the file; the peer also plans then.</param>
/// <param name="PlanMs">Plan, packed weights and kernels.</param>
/// <param name="FirstRunMs">The first run.</param>
/// <param name="ArenaBytes">Bytes allocated for intermediate results; null for the peer, which does not tell.</param>
/// <param name="WeightBytes">Bytes of constants and weights, as the file holds them and as kernels read them; null for the peer, which does not tell.</param>
/// <param name="PeakBytes">What opening and running the model adds to the peak of resident memory, in a process of its own; null without a peer.</param>
/// <param name="ResidentBytes">What of that is still resident after the last run.</param>
/// <param name="Agreement">How far its outputs are from the peer's; null for the peer and without one.</param>
internal sealed record BenchRow(
    string Model, string Engine, int Threads, int Batch, double MedianMs, double MinMs, double SamplesPerSecond, double Ratio, string Baseline,
    string File, double FirstMs, double LoadMs, double PlanMs, double FirstRunMs, long? ArenaBytes, long? WeightBytes, long? PeakBytes, long? ResidentBytes, Agreement? Agreement);

/// <summary>Measures subjects round by round, one after the other, so that noise of the machine meets all of them and ratios hold.</summary>
internal static class Interleaved
{
    /// <summary>One row for each subject. The baseline is the peer's run of the same model, else the first model.</summary>
    /// <param name="subjects">Started.</param>
    /// <param name="rounds">How many medians are taken of.</param>
    /// <param name="progress">Hears of the share done.</param>
    /// <param name="cancellation">Stops between runs.</param>
    public static IReadOnlyList<BenchRow> Measure(IReadOnlyList<BenchSubject> subjects, int rounds, Action<double> progress, CancellationToken cancellation)
    {
        Agreement?[] agreements = [.. subjects.Select(s => PeerOf(s, subjects) is { } peer && peer != s ? Agreement.Of(peer.Outputs(), s.Outputs()) : null)];
        foreach (BenchSubject subject in subjects)
        {
            cancellation.ThrowIfCancellationRequested();
            subject.Prepare();
        }
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < subjects.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                subjects[(i + round) % subjects.Count].Round();     // nobody is always the first
            }
            progress((double)(round + 1) / rounds);
        }
        return [.. subjects.Select((s, i) => Row(s, PeerOf(s, subjects) ?? subjects.First(o => IsLike(o, s)), agreements[i]))];
    }

    /// <summary>The value in the middle; the mean of the two there when they are even in number.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static BenchSubject? PeerOf(BenchSubject subject, IReadOnlyList<BenchSubject> subjects) =>
        subjects.FirstOrDefault(s => IsLike(s, subject) && s.Model == subject.Model && s.Engine != BenchEngines.Dyadic);

    private static bool IsLike(BenchSubject a, BenchSubject b) => a.Threads == b.Threads && a.Batch == b.Batch;

    private static BenchRow Row(BenchSubject s, BenchSubject baseline, Agreement? agreement)
    {
        double median = Median(s.Rounds), ratio = Median(baseline.Rounds.Zip(s.Rounds, (theirs, ours) => theirs / ours));
        return new(s.Model, s.Engine, s.Threads, s.Batch, median, s.Rounds.Min(), s.Batch / median * 1000, ratio, $"{baseline.File} in {baseline.Engine}",
            s.File, s.First.FirstMs, s.First.LoadMs, s.First.PlanMs, s.First.FirstRunMs, s.ArenaBytes, s.WeightBytes, s.Memory?.PeakBytes, s.Memory?.ResidentBytes, agreement);
    }
}

/// <summary>The names of engines in rows.</summary>
internal static class BenchEngines
{
    public const string Dyadic = "dyadic", OnnxRuntime = "onnxruntime";
}
