using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Cli.Models;

/// <summary>What runs a model on whole batches.</summary>
internal abstract class Engine
{
    /// <summary>The outputs for these inputs.</summary>
    public abstract Tensor[] Run(Tensor[] inputs, CancellationToken cancellation);

    /// <summary>The engine named on the command line.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="name">compiled or reference.</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <param name="sizes">Sizes of symbolic dimensions other than the batch.</param>
    public static Engine Of(Graph graph, string name, ExecutionMode mode, IReadOnlyDictionary<string, int> sizes) =>
        name != SharedOptions.Reference ? new CompiledEngine(graph, mode, sizes)
        : graph.Nodes.Any(n => n.Op is DequantizeLinear) && Compiling.Lower(graph, sizes).Plan is { IsInteger: true } plan ? new DefinitionEngine(plan)
        : new ReferenceEngine(graph);
}

/// <summary>An integer plan by the written definitions: plain loops, equal to the compiled engine bit for bit.</summary>
internal sealed class DefinitionEngine(Plan plan) : Engine
{
    public override Tensor[] Run(Tensor[] inputs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return plan.RunReference(inputs);
    }
}

/// <summary>The graph node by node through the door.</summary>
internal sealed class ReferenceEngine(Graph graph) : Engine
{
    private readonly GraphInterpreter _interpreter = new(graph);

    public override Tensor[] Run(Tensor[] inputs, CancellationToken cancellation)
    {
        using (Autograd.NoGrad()) return _interpreter.Run(inputs, cancellation: cancellation);
    }
}

/// <summary>The plan of the graph; one for all batches where the graph allows it, else one for each batch size that occurs.</summary>
internal sealed class CompiledEngine : Engine
{
    private readonly Graph _graph;
    private readonly ExecutionMode _mode;
    private readonly IReadOnlyDictionary<string, int> _sizes;
    private readonly Dictionary<int, Session> _fixed = [];
    private readonly Session? _open;

    public CompiledEngine(Graph graph, ExecutionMode mode, IReadOnlyDictionary<string, int> sizes)
    {
        (_graph, _mode, _sizes) = (graph, mode, sizes);
        Lowered = Compiling.Lower(graph, sizes);
        if (Lowered.Plan.Batched) _open = new(Lowered.Plan, mode);
    }

    /// <summary>The plan, and what became of each node.</summary>
    public LoweringResult Lowered { get; }

    public override Tensor[] Run(Tensor[] inputs, CancellationToken cancellation) => SessionFor(inputs).Run(inputs, cancellation);

    /// <summary>The session that runs these inputs.</summary>
    public Session SessionFor(Tensor[] inputs)
    {
        if (_open is not null) return _open;
        int batch = inputs is [{ Rank: > 0 } first, ..] ? first.Shape[0] : 1;
        if (!_fixed.TryGetValue(batch, out Session? session)) _fixed[batch] = session = new(batch == 1 ? Lowered.Plan : Compiling.Lower(_graph, _sizes, batch).Plan, _mode);
        return session;
    }
}

/// <summary>Lowering as commands want it.</summary>
internal static class Compiling
{
    /// <summary>The plan of the simplified graph with its batch left open, else for <paramref name="batch"/> samples.</summary>
    /// <exception cref="PlanException">A dimension has no size, or the graph cannot be lowered.</exception>
    public static LoweringResult Lower(Graph graph, IReadOnlyDictionary<string, int> sizes, int batch = 1)
    {
        Dictionary<string, int> others = new(sizes);
        string? symbol = graph.Inputs.FirstOrDefault(v => v.Shape.Rank > 0 && !v.Shape[0].IsKnown)?.Shape[0].ToString();
        if (symbol is not null) others.Remove(symbol);
        LoweringOptions options = new() { Sizes = others };
        Graph simple = graph.Simplify();
        try
        {
            return simple.Lower(options);
        }
        catch (PlanException)
        {
            Dictionary<string, int> all = new(sizes);
            if (symbol is not null) all[symbol] = batch;
            return simple.Lower(new() { Sizes = all, Batch = batch });     // its own message is the better one when this fails too
        }
    }
}
