namespace Dyadic.Ir;

/// <summary>What loading a model may use, an ONNX file or the text of a graph: its sizes and counts are what the file says, and the file may be hostile.</summary>
/// <remarks>Everything is checked before it is allocated or computed; time between two nodes. See SECURITY.md.</remarks>
public sealed record LoadBudget
{
    private static readonly AsyncLocal<LoadBudget?> Scoped = new();

    /// <summary>The defaults.</summary>
    public static LoadBudget Default { get; } = new();

    /// <summary>What holds where options name no budget: that of <see cref="Use"/>, else <see cref="Default"/>.</summary>
    public static LoadBudget Current => Scoped.Value ?? Default;

    /// <summary>Bytes of the file, and apart from it of the data that it takes from files beside it; at most, and by default, 2³¹ − 1.</summary>
    public long Bytes { get; init => field = Math.Clamp(value, 0, int.MaxValue); } = int.MaxValue;

    /// <summary>Nodes of the file, those of graphs inside of nodes included, and apart from them nodes that calls of functions become, and nodes that the import makes of them all; 100,000 by default.</summary>
    public int Nodes { get; init; } = 100_000;

    /// <summary>Bytes of all tensors that the file holds; 4 GiB by default.</summary>
    public long InitialiserBytes { get; init; } = 1L << 32;

    /// <summary>How deep messages may lie in each other on the wire: a graph inside of a node is three deeper, in text one. 32 by default, 90 at most.</summary>
    public int Depth { get; init => field = Math.Clamp(value, 0, 90); } = 32;

    /// <summary>
    /// Bytes that are read and written to compute constants, all together; 4 GiB by default. What takes more than a sixteenth of that, in bytes or in multiply-adds,
    /// stays a node for the run.
    /// </summary>
    public long FoldedBytes { get; init; } = 1L << 32;

    /// <summary>Wall time of the import; ten minutes by default.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>This budget holds where options name none, until the result is disposed; in this thread and in what it starts.</summary>
    public IDisposable Use()
    {
        Restore restore = new(Scoped.Value);
        Scoped.Value = this;
        return restore;
    }

    private sealed class Restore(LoadBudget? former) : IDisposable
    {
        public void Dispose() => Scoped.Value = former;
    }
}
