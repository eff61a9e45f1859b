namespace Dyadic.Runtime;

/// <summary>Counts what a run on this thread uses, against its budget. Memory is counted where it is rented, operations where ops are run.</summary>
public sealed class RunMeter : IDisposable
{
    [ThreadStatic] private static RunMeter? s_current;

    private readonly RunMeter? _former;
    private readonly RunEnd _end;
    private double _operations;
    private long _bytes, _iterations;

    private RunMeter(RunBudget budget, CancellationToken cancellation)
    {
        (Budget, _end, _former) = (budget, new(budget.Time, cancellation), s_current);
        s_current = this;
    }

    /// <summary>The meter of the run under way on this thread, or null.</summary>
    public static RunMeter? Current => s_current;

    /// <summary>What may be used.</summary>
    public RunBudget Budget { get; }

    /// <summary>The budget of the run under way on this thread, or that of one that would begin now.</summary>
    internal static RunBudget BudgetNow => s_current?.Budget ?? RunBudget.Current;

    /// <summary>Bytes of the memory that was rented during the run and has not come back; garbage counts until the collector has found it.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Begins a run on this thread, which ends when the result is disposed; null where it is part of one under way that has no budget of its own.</summary>
    /// <param name="budget">What it may use; without one, a run that is part of another shares its meter, and others take <see cref="RunBudget.Current"/>.</param>
    /// <param name="cancellation">Stops it between two steps.</param>
    public static RunMeter? Begin(RunBudget? budget = null, CancellationToken cancellation = default) =>
        budget is null && s_current is not null && !cancellation.CanBeCanceled ? null : new(budget ?? BudgetNow, cancellation);

    /// <inheritdoc cref="RunEnd.Check"/>
    public void Check() => _end.Check();

    /// <summary>One more iteration of a loop.</summary>
    /// <exception cref="BudgetException">There were too many, or the time is spent.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void CountIteration(string op)
    {
        Check();
        if (++_iterations > Budget.Iterations) throw new BudgetException($"{op}: more than {Budget.Iterations} iterations", $"{nameof(RunBudget)}.{nameof(RunBudget.Iterations)}");
    }

    /// <summary>Before an op: so many multiply-adds more.</summary>
    /// <exception cref="BudgetException">There are too many, or the time is spent.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void CountOperations(string op, double count)
    {
        Check();
        _operations += count;
        Budget.RequireOperations($"{op}, with what ran before it,", _operations);
    }

    /// <summary>Before memory is rented.</summary>
    /// <exception cref="BudgetException">More would be held than the budget allows.</exception>
    internal void Rent(long bytes)
    {
        if (bytes <= Budget.ArenaBytes)
        {
            if (Interlocked.Add(ref _bytes, bytes) <= Budget.ArenaBytes) return;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            if (Bytes <= Budget.ArenaBytes) return;
            Return(bytes);
        }
        Budget.RequireBytes($"a run that holds {Bytes} bytes wants {bytes} more and", (double)Bytes + bytes);
    }

    /// <summary>Memory has come back, perhaps after the run.</summary>
    internal void Return(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>Ends the run.</summary>
    public void Dispose() => s_current = _former;
}
