using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Lowering;

/// <summary>Whether an op lets one sample of a batch influence another, or changes their order, although the dimensions do not show it.</summary>
internal static class SampleMixing
{
    /// <summary>What the node does along the batch, or null when samples stay apart.</summary>
    public static string? Of(Node node, TensorType[] inputs)
    {
        int rank = inputs[0].Shape.Rank;
        bool IsBatch(int axis) => axis == 0 || axis == -rank;
        return node.Op switch
        {
            Softmax o when IsBatch(o.Axis) => "runs along the batch",
            LogSoftmax o when IsBatch(o.Axis) => "runs along the batch",
            LayerNormalization o when IsBatch(o.Axis) => "runs along the batch",
            ReverseSequence { TimeFirst: true } => "runs along its first axis, the time",
            If => "takes one branch for the whole batch",
            RecurrentSequence => "runs along its first axis, the time",
            BatchNormalizationTraining => "takes the statistics of the batch",
            Concat o when IsBatch(o.Axis) && node.Inputs.Count > 1 => "concatenates along the batch",
            Slice o when Slices(o, inputs[0].Shape) => "slices the batch",
            Gather o when IsBatch(o.Axis) && !node.Inputs[0].IsConstant => "gathers from the batch",
            _ => null,
        };
    }

    private static bool Slices(Slice op, Shape x) =>
        SliceRanges.Of(op.Name, op.Starts, op.Ends, op.Axes, op.Steps, x).Any(r => r is { Axis: 0 } and not { Start: 0, Step: 1 });
}
