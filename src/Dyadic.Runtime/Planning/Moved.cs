using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>How a node runs when values are held channels-last.</summary>
/// <param name="Step">What runs.</param>
/// <param name="Rank">The dimensions of the values that change their order.</param>
/// <param name="ReadsLast">Whether inputs of that rank are read channels-last.</param>
/// <param name="Written">Which outputs are written channels-last.</param>
internal sealed record Moved(Step Step, int Rank, bool ReadsLast, Moved.Outputs Written)
{
    private static readonly int[][] ToLast = [[0, 2, 1], [0, 2, 3, 1]], FromLast = [[0, 2, 1], [0, 3, 1, 2]];

    /// <summary>Which outputs are written channels-last.</summary>
    public enum Outputs
    {
        /// <summary>None.</summary>
        None,

        /// <summary>Those of the rank that changes its order.</summary>
        SameRank,

        /// <summary>All.</summary>
        All,
    }

    /// <summary>The form of a node that reads channels-last, or null where there is none.</summary>
    public static Moved? Of(PlanStep node, Func<PlanArgument, bool> isConstant)
    {
        int rank = node.Inputs.Max(a => a.Dims.Length);
        if (!ChannelsLast.Has(rank)) return null;
        if (node.Step is IntReshape or CopyStep) return KeepsChannels(node) ? new(node.Step, rank, true, Outputs.All) : null;
        if (node.Step.InChannelsLast(rank) is not { } step) return null;
        bool fits = node.Inputs.All(a => a.Dims.Length == rank || !step.Broadcasts || isConstant(a));
        return fits ? new(step, rank, true, Outputs.SameRank) : null;
    }

    /// <summary>A transpose between the two orders is a copy when the value on one side is held channels-last; in place where the plan allows it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="offered">Whether its input is channels-last.</param>
    /// <param name="wanted">Whether its output may be channels-last.</param>
    public static Moved? OfTranspose(PlanStep node, bool offered, bool wanted)
    {
        ReadOnlySpan<int> perm = node.Step is TransposeStep t ? t.Perm : node.Step is IntTranspose i ? i.Perm : [];
        if (!ChannelsLast.Has(perm.Length)) return null;
        if (offered && perm.SequenceEqual(ToLast[perm.Length - 3])) return new(new IntReshape(), perm.Length, true, Outputs.None);
        return !offered && wanted && perm.SequenceEqual(FromLast[perm.Length - 3]) ? new(new IntReshape(), perm.Length, false, Outputs.All) : null;
    }

    /// <summary>True when <paramref name="output"/> is written channels-last.</summary>
    public bool WritesLast(PlanArgument output) => Written == Outputs.All || (Written == Outputs.SameRank && output.Dims.Length == Rank);

    /// <summary>An input as the step sees it: extended in front by ones where it broadcasts.</summary>
    public PlanArgument Seen(PlanArgument input) =>
        !Step.Broadcasts || input.Dims.Length == Rank ? input : new(input.Value, [.. Enumerable.Repeat(1, Rank - input.Dims.Length), .. input.Dims]);

    // [N, C, ..] → [N, C, ..]: the pixels are numbered otherwise.
    private static bool KeepsChannels(PlanStep node)
    {
        int[] from = node.Inputs[0].Dims, to = node.Outputs[0].Dims;
        return ChannelsLast.Has(to.Length) && from[0] == to[0] && from[1] == to[1];
    }
}
