using System.Diagnostics;

namespace Dyadic.Bench;

/// <summary>Times several programs in turn, round after round, so that a busy machine slows all of them alike.</summary>
internal static class Interleaved
{
    private const double WarmUp = 0.3;   // seconds: the compiler's tiers have settled

    /// <summary>The time of each program in seconds: median, and best, which a busy machine disturbs least.</summary>
    public static (double Median, double Best)[] Times(int rounds, params Action[] programs)
    {
        double[][] times = [.. programs.Select(_ => new double[rounds])];
        foreach (Action program in programs)
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUp;) program();
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < programs.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                programs[i]();
                times[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }
        return [.. times.Select(t => (t.Order().ElementAt(rounds / 2), t.Min()))];
    }
}
