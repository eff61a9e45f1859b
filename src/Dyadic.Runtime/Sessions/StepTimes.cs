using System.Diagnostics;

namespace Dyadic.Runtime;

/// <summary>Time spent in each step of a plan, summed over runs and threads.</summary>
/// <param name="plan">The plan whose steps are timed.</param>
public sealed class StepTimes(Plan plan)
{
    private readonly long[] _ticks = new long[plan.Steps.Count], _calls = new long[plan.Steps.Count];

    internal static long Now => Stopwatch.GetTimestamp();

    /// <summary>How often step <paramref name="step"/> ran; one call for each micro-batch.</summary>
    public long Calls(int step) => Volatile.Read(ref _calls[step]);

    /// <summary>Nanoseconds in step <paramref name="step"/>, over all calls.</summary>
    public long Nanoseconds(int step) => (long)((Int128)Volatile.Read(ref _ticks[step]) * 1_000_000_000 / Stopwatch.Frequency);

    internal void Add(int step, long start)
    {
        Interlocked.Add(ref _ticks[step], Now - start);
        Interlocked.Increment(ref _calls[step]);
    }
}
