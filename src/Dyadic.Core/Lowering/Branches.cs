using Dyadic.Ir;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Control;

namespace Dyadic.Lowering;

/// <summary>From the two graphs of a choice to the step that runs the plan of one of them.</summary>
internal static class Branches
{
    /// <summary>The step of a choice whose captures have these types, all sizes known.</summary>
    /// <exception cref="PlanException">A graph has no plan, or their results differ in shape.</exception>
    public static BranchStep Lower(If op, string name, ReadOnlySpan<TensorType> captures)
    {
        Plan then = Plan(op.Then, captures), otherwise = Plan(op.Otherwise, captures);
        for (int i = 0; i < then.Outputs.Count; i++)
        {
            (PlanValue a, PlanValue b) = (then.Outputs[i], otherwise.Outputs[i]);
            if (a.Type != b.Type || !a.Dims.SequenceEqual(b.Dims))
                throw new PlanException($"plan: node '{name}' makes {a.Type} [{string.Join(", ", a.Dims)}] or {b.Type} [{string.Join(", ", b.Dims)}], as its condition says. Fix the input that decides, or run the graph node by node.");
        }
        return new(then, otherwise);
    }

    // The symbols of the captures get the sizes that they have around the choice.
    private static Plan Plan(Graph region, ReadOnlySpan<TensorType> captures)
    {
        Dictionary<string, int> sizes = [];
        for (int i = 0; i < captures.Length; i++)
        {
            Shape declared = region.Inputs[i].Shape;
            for (int axis = 0; axis < declared.Rank; axis++)
                if (!declared[axis].IsKnown) sizes[$"{declared[axis]}"] = captures[i].Shape[axis];
        }
        return region.Compile(new() { Sizes = sizes, Batch = 1 });
    }
}
