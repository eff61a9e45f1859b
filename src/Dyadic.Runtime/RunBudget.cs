namespace Dyadic.Runtime;

/// <summary>A run needed more than its budget allows.</summary>
/// <param name="message">What, how much, and what to raise.</param>
public sealed class BudgetException(string message) : Exception(message);

/// <summary>What a graph may use while it runs node by node: loops end on the word of the data, and the data may be hostile.</summary>
public sealed class RunBudget
{
    private static readonly AsyncLocal<RunBudget?> Scoped = new();

    private long _iterations;

    /// <summary>The budget of this thread; unless <see cref="Use"/> set one, that of the defaults, counted anew for each loop.</summary>
    public static RunBudget Current => Scoped.Value ?? new();

    /// <summary>Iterations of all loops of a run together; 10 million by default.</summary>
    public long Iterations { get; init; } = 10_000_000;

    /// <summary>Stops a run between two iterations.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>This budget holds until the result is disposed.</summary>
    public IDisposable Use()
    {
        Restore restore = new(Scoped.Value);
        Scoped.Value = this;
        return restore;
    }

    /// <summary>One more iteration of a loop.</summary>
    /// <exception cref="BudgetException">There were too many.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void CountIteration(string op)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (Interlocked.Increment(ref _iterations) > Iterations)
            throw new BudgetException($"{op}: more than {Iterations} iterations. Raise RunBudget.Iterations if the model is trusted.");
    }

    private sealed class Restore(RunBudget? former) : IDisposable
    {
        public void Dispose() => Scoped.Value = former;
    }
}
