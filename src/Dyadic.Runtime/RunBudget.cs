namespace Dyadic.Runtime;

/// <summary>What a model may use while it is planned and run: its sizes, its loops and its time are what the file says, and the file may be hostile.</summary>
/// <remarks>
/// Bytes and operations are checked before anything is allocated or computed, time between two steps. One step is no more than <see cref="Operations"/> multiply-adds
/// and a few passes over <see cref="ArenaBytes"/>. See SECURITY.md.
/// </remarks>
public sealed record RunBudget
{
    private static readonly AsyncLocal<RunBudget?> Scoped = new();

    /// <summary>The defaults.</summary>
    public static RunBudget Default { get; } = new();

    /// <summary>What holds where a call names no budget: that of <see cref="Use"/>, else <see cref="Default"/>.</summary>
    public static RunBudget Current => Scoped.Value ?? Default;

    /// <summary>Bytes held at once: node by node all tensors of a run; of a plan its arenas, constants and outputs of one sample. 4 GiB by default.</summary>
    public long ArenaBytes { get; init; } = 1L << 32;

    /// <summary>Multiply-adds of a run. 10¹⁵ by default: hours of a fast machine.</summary>
    public double Operations { get; init; } = 1e15;

    /// <summary>Iterations of all loops of a run together; 10 million by default.</summary>
    public long Iterations { get; init; } = 10_000_000;

    /// <summary>Steps of a plan; 100,000 by default.</summary>
    public int Steps { get; init; } = 100_000;

    /// <summary>Wall time of one run, and of the making of one plan; one hour by default.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromHours(1);

    /// <summary>This budget holds where a call names none, until the result is disposed; in this thread and in what it starts.</summary>
    public IDisposable Use()
    {
        Restore restore = new(Scoped.Value);
        Scoped.Value = this;
        return restore;
    }

    /// <summary>Throws unless a plan's or a session's memory fits.</summary>
    /// <param name="what">Whose memory, for the message.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <exception cref="BudgetException">They exceed <see cref="ArenaBytes"/>.</exception>
    public void RequireBytes(string what, double bytes)
    {
        if (bytes > ArenaBytes) throw new BudgetException($"{what} takes {bytes:F0} bytes, the budget is {ArenaBytes}", $"{nameof(RunBudget)}.{nameof(ArenaBytes)}");
    }

    /// <summary>Throws unless the multiply-adds fit.</summary>
    /// <param name="what">Whose, for the message.</param>
    /// <param name="operations">How many.</param>
    /// <exception cref="BudgetException">They exceed <see cref="Operations"/>.</exception>
    public void RequireOperations(string what, double operations)
    {
        if (!(operations <= Operations)) throw new BudgetException($"{what} takes {operations:G4} multiply-adds, the budget is {Operations:G4}", $"{nameof(RunBudget)}.{nameof(Operations)}");
    }

    private sealed class Restore(RunBudget? former) : IDisposable
    {
        public void Dispose() => Scoped.Value = former;
    }
}
