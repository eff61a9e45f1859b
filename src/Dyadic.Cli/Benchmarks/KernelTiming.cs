using System.Diagnostics;
using Dyadic.Kernels;
using Dyadic.Kernels.Contractions;
using Dyadic.Runtime.Steps;

namespace Dyadic.Cli.Benchmarks;

/// <summary>A row of <c>bench kernels</c>. Figures that a row has no ground for are null.</summary>
/// <param name="Name">The row of <see cref="KernelTable"/>.</param>
/// <param name="Kernel">The step's kernel.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Rung">The kind of kernels that ran.</param>
/// <param name="MedianUs">Median microseconds of a run.</param>
/// <param name="GopPerSecond">10⁹ operations a second, two for each multiplication.</param>
/// <param name="GbPerSecond">10⁹ bytes read and written a second, weights included.</param>
/// <param name="PeakRatio">Share of the products that the machine can do: the median over rounds.</param>
/// <param name="BandwidthRatio">Share of the bytes that the machine can read in that time, measured on as many bytes: the median over rounds.</param>
/// <param name="ManagedRatio">Times as fast as managed kernels of the best width: the median over rounds.</param>
/// <param name="Rungs">Median microseconds of every rung that was measured; null for one too slow to repeat.</param>
/// <param name="Best">The fastest of them.</param>
internal sealed record KernelTime(
    string Name, string Kernel, int Threads, string Rung, double MedianUs, double? GopPerSecond, double GbPerSecond, double? PeakRatio, double? BandwidthRatio, double? ManagedRatio,
    IReadOnlyDictionary<string, double?> Rungs, string Best)
{
    /// <summary>How many times as long the default takes as the fastest rung.</summary>
    public double Excess => MedianUs / Rungs[Best]!.Value;
}

/// <summary>Measures a row: the default kernels, the managed ones, others on request, and the machine's peak and bandwidth, in turn, round by round.</summary>
internal sealed class KernelTiming
{
    private const double RoundMilliseconds = 1, WarmUpMilliseconds = 20, Hopeless = 3;
    private const int MostRepeats = 1 << 20;
    private readonly KernelRow _row;
    private readonly int _threads;
    private readonly StepCall _call;
    private readonly PeakLoop? _peak;
    private readonly StreamLoop? _stream;
    private readonly ExecutionMode[] _modes;      // the default first, then managed kernels of the best width

    /// <param name="row">The row.</param>
    /// <param name="chosen">The kernels that production code takes here.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="all">Measures every rung.</param>
    /// <param name="seed">Seed of the inputs.</param>
    public KernelTiming(KernelRow row, ExecutionMode chosen, int threads, bool all, ulong seed)
    {
        (_row, _threads, _call) = (row, threads, row.Call(seed));
        ExecutionMode managed = new(ExecutionMode.BestWidth, threads);
        _modes = [.. new[] { chosen with { Threads = threads }, managed }.Concat(all ? ExecutionMode.Rungs.Select(r => r with { Threads = threads }) : []).DistinctBy(m => m.Rung)];
        OperandKind? kind = row.Operands == OperandKind.U8S8 && !chosen.Code.HasDot() ? OperandKind.S16S16 : row.Operands;
        _peak = kind is { } products ? PeakLoop.Of(chosen.Code, products) : null;
        _stream = StreamLoop.Of(chosen.Code, row.Bytes);
    }

    /// <summary>The rungs whose bytes differ from those of managed kernels; it also prepares all of them.</summary>
    public IReadOnlyList<string> Differences()
    {
        byte[] expected = _row.Run(_call, new(ExecutionMode.BestWidth, 1));
        return [.. _modes.Where(m => !_row.Run(_call, in m).AsSpan().SequenceEqual(expected)).Select(m => m.Rung)];
    }

    /// <summary>Measures.</summary>
    public KernelTime Measure(int rounds, CancellationToken cancellation)
    {
        List<Candidate> candidates = [.. _modes.Select(m => new Candidate(m.Rung, () => _call.Run(in m)))];
        Candidate chosen = candidates[0], managed = candidates[^1];
        foreach (Candidate c in candidates) if (c.Rung == new ExecutionMode(ExecutionMode.BestWidth, 1).Rung) managed = c;
        Candidate? peak = _peak is null ? null : new("peak", () => _peak.Run(_threads)), stream = _stream is null ? null : new("stream", () => _stream.Run(_threads));
        List<Candidate> measured = [.. candidates.Concat([peak, stream]).OfType<Candidate>()];
        foreach (Candidate c in measured) c.WarmUp();
        double fastest = candidates.Min(c => c.Milliseconds);
        measured.RemoveAll(c => c != chosen && c != managed && c != peak && c != stream && c.Milliseconds > Hopeless * fastest);
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < measured.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                measured[(i + round) % measured.Count].Round();
            }
        double seconds = Interleaved.Median(chosen.Rounds) / 1000;
        SortedDictionary<string, double?> rungs = new(candidates.ToDictionary(c => c.Rung, c => c.Rounds.Count == 0 ? (double?)null : 1000 * Interleaved.Median(c.Rounds)), StringComparer.Ordinal);
        return new(
            _row.Name, _row.Step.Kernel, _threads, chosen.Rung, 1e6 * seconds, _row.Products == 0 ? null : 2 * _row.Products / seconds / 1e9, _row.Bytes / seconds / 1e9,
            peak is null ? null : Ratio(peak, chosen) * _row.Products / (_peak!.Products * _threads), stream is null ? null : Ratio(stream, chosen) * _row.Bytes / _stream!.Bytes, managed == chosen ? null : Ratio(managed, chosen),
            rungs, rungs.Where(r => r.Value is not null).MinBy(r => r.Value).Key);
    }

    private static double Ratio(Candidate a, Candidate b) => Interleaved.Median(a.Rounds.Zip(b.Rounds, (x, y) => x / y));

    private sealed class Candidate(string rung, Action run)
    {
        private int _repeats = 1;

        public string Rung => rung;

        /// <summary>The fastest run of the warm-up.</summary>
        public double Milliseconds { get; private set; } = double.PositiveInfinity;

        /// <summary>Milliseconds of a run, by round.</summary>
        public List<double> Rounds { get; } = [];

        public void WarmUp()
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 2 || Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds; i++) Milliseconds = Math.Min(Milliseconds, Time());
            _repeats = (int)Math.Clamp(Math.Ceiling(RoundMilliseconds / Milliseconds), 1, MostRepeats);
        }

        // A run that does not count comes first: it brings weights and inputs back to the cache.
        public void Round()
        {
            run();
            Rounds.Add(Time());
        }

        private double Time()
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < _repeats; i++) run();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / _repeats;
        }
    }
}
