using System.Diagnostics;

namespace Dyadic.Runtime;

/// <summary>When a run that begins now must have ended.</summary>
/// <param name="time">Its wall time.</param>
/// <param name="cancellation">Stops it earlier.</param>
internal readonly struct RunEnd(TimeSpan time, CancellationToken cancellation)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Between two steps: goes on unless the run was cancelled or its time is spent.</summary>
    /// <exception cref="BudgetException">The time is spent.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Check()
    {
        cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetElapsedTime(_start) > time) throw new BudgetException($"the time of {time.TotalSeconds:G4} s is spent", $"{nameof(RunBudget)}.{nameof(RunBudget.Time)}");
    }
}
