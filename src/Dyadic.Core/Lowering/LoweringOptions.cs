using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>How a graph becomes a plan.</summary>
public sealed record LoweringOptions
{
    /// <summary>The batch of a plan of fixed shapes, or null to leave the leading dimension to each call where the graph allows it.</summary>
    public int? Batch { get; init; }

    /// <summary>Sizes of the other symbolic dimensions, by name.</summary>
    public IReadOnlyDictionary<string, int> Sizes { get; init; } = new Dictionary<string, int>();

    /// <summary>What the plan and its making may take; <see cref="RunBudget.Current"/> unless given.</summary>
    public RunBudget? Budget { get; init; }
}

/// <summary>A plan, and what became of each node of the graph.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Nodes">One entry for each node that runs or was fused into one that runs.</param>
public sealed record LoweringResult(Plan Plan, IReadOnlyList<NodeReport> Nodes)
{
    /// <summary>The nodes that run in floating point, with the reason.</summary>
    public IEnumerable<NodeReport> Floats => Nodes.Where(n => n.Reason is not null);
}

/// <summary>What became of one node.</summary>
/// <param name="Node">The name of the node.</param>
/// <param name="Op">The name of its op.</param>
/// <param name="Executed">The element type in which it computes, such as int8 or float32.</param>
/// <param name="Kernel">The kernel that runs; of a fused node, that of the step which it is part of.</param>
/// <param name="FusedInto">The node whose step does the work, or null when it has its own.</param>
/// <param name="Reason">Why it is not in integers, or null when it is.</param>
public sealed record NodeReport(string Node, string Op, string Executed, string Kernel, string? FusedInto, string? Reason);
