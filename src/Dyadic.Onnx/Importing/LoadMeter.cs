using System.Diagnostics;
using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Importing;

/// <summary>Counts what an import uses, against its budget.</summary>
/// <param name="budget">What it may use.</param>
/// <param name="file">What errors call the file.</param>
internal sealed class LoadMeter(LoadBudget budget, string file) : IDisposable
{
    private const int FoldsAtLeast = 16, MessagesOfANode = 16, SomeMessages = 1 << 16, SomeFew = 1 << 10;

    // All that is allocated meanwhile comes from initialisers and folded constants, which are counted apart; operations have their limit in each fold.
    private readonly RunMeter? _run = RunMeter.Begin(new() { ArenaBytes = Sum(budget.InitialiserBytes, budget.FoldedBytes), Operations = double.PositiveInfinity, Time = TimeSpan.MaxValue });
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _initialisers, _external, _folded, _packed, _expanded;
    private int _messages, _nodes, _made;

    /// <summary>What may be used.</summary>
    public LoadBudget Budget => budget;

    /// <summary>Throws unless a file has few enough bytes.</summary>
    public void RequireBytes(long bytes) => Require(bytes <= budget.Bytes, $"it has more than {budget.Bytes} bytes", nameof(LoadBudget.Bytes));

    /// <summary>So many bytes more are read from files beside the model.</summary>
    public void CountExternal(long bytes) => Require((_external += bytes) <= budget.Bytes, $"external data exceed {budget.Bytes} bytes", nameof(LoadBudget.Bytes));

    /// <summary>A message on the wire, at this depth.</summary>
    public void CountMessage(int depth, bool isNode)
    {
        if (_messages % SomeFew == 0) Check();
        Require(depth <= budget.Depth, $"messages lie deeper than {budget.Depth} in each other", nameof(LoadBudget.Depth));
        if (isNode) Require(++_nodes <= budget.Nodes, $"it has more than {budget.Nodes} nodes", nameof(LoadBudget.Nodes));
        Require(++_messages <= ((long)budget.Nodes * MessagesOfANode) + SomeMessages, $"it has more than {_messages - 1} messages, {MessagesOfANode} for each of {budget.Nodes} nodes", nameof(LoadBudget.Nodes));
    }

    /// <summary>Packed numbers, or strings of a list, on the wire will take so much memory.</summary>
    public void CountPacked(long bytes) => Require((_packed += bytes) <= budget.InitialiserBytes, $"its numbers and strings take more than {budget.InitialiserBytes} bytes", nameof(LoadBudget.InitialiserBytes));

    /// <summary>The import makes a node more.</summary>
    public void CountMade() => Require(++_made <= budget.Nodes, $"more than {budget.Nodes} nodes are made of it", nameof(LoadBudget.Nodes));

    /// <summary>The call of a function becomes so many nodes.</summary>
    public void CountExpanded(int nodes) => Require((_expanded += nodes) <= budget.Nodes, $"its functions become more than {budget.Nodes} nodes", nameof(LoadBudget.Nodes));

    /// <summary>A tensor of the file needs so much memory.</summary>
    public void CountInitialiser(long bytes) => Require((_initialisers += bytes) <= budget.InitialiserBytes, $"its tensors take more than {budget.InitialiserBytes} bytes", nameof(LoadBudget.InitialiserBytes));

    /// <summary>True when something small enough is to be computed now, which is then counted.</summary>
    /// <param name="bytes">Read and written.</param>
    /// <param name="operations">Multiply-adds.</param>
    public bool Folds(double bytes, double operations)
    {
        if (Math.Max(bytes, operations) > budget.FoldedBytes / FoldsAtLeast) return false;
        CountFolded((long)bytes);
        return true;
    }

    /// <summary>So many bytes more are made as constants.</summary>
    public void CountFolded(long bytes) => Require((_folded += bytes) <= budget.FoldedBytes, $"constants are computed of more than {budget.FoldedBytes} bytes", nameof(LoadBudget.FoldedBytes));

    /// <summary>Between two parts of the work.</summary>
    public void Check() => Require(Stopwatch.GetElapsedTime(_start) <= budget.Time, $"the import takes longer than {budget.Time.TotalSeconds:G4} s", nameof(LoadBudget.Time));

    public void Dispose() => _run?.Dispose();

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private void Require(bool ok, FormattableString what, string limit)
    {
        if (!ok) throw new BudgetException($"onnx: {file}: {FormattableString.Invariant(what)}", $"{nameof(LoadBudget)}.{limit}");
    }
}
