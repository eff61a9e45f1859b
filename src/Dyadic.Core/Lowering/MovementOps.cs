using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Lowering;

/// <summary>Ops that move elements and compute nothing: they commute with anything done element by element, so also with quantisation per tensor.</summary>
internal static class MovementOps
{
    /// <summary>True for ops that change dimensions alone.</summary>
    public static bool IsReshape(Op op) => op is ReshapeOp or Identity;

    /// <summary>True for ops of one input and one output whose result holds elements of the input only.</summary>
    public static bool KeepsRange(Op op) => op is ReshapeOp or Identity or Transpose or Slice;

    /// <summary>The op that does to codes what <paramref name="op"/> does to the real values; null where there is none.</summary>
    /// <param name="op">The op on real values.</param>
    /// <param name="parameters">How codes stand for them.</param>
    public static Op? OnCodes(Op op, QuantParams parameters) => op switch
    {
        ReshapeOp or Identity or Transpose or Slice => op,
        Pad { Mode: PadMode.Constant } pad => pad with { Value = parameters.Quantize((float)pad.Value) },
        Pad pad => pad,
        _ => null,
    };

    /// <summary>The order of axes of a transpose, written out.</summary>
    public static int[] Order(Transpose op, int rank) => op.Perm.Count == 0 ? [.. Enumerable.Range(0, rank).Reverse()] : op.Perm.ToArray();

    /// <summary>True when the padding is exact in codes: its constant is the real number of a code.</summary>
    public static bool IsExact(Op op, QuantParams parameters) =>
        op is not Pad { Mode: PadMode.Constant } pad || parameters.RoundTrip((float)pad.Value) == (float)pad.Value;

    /// <summary>True when the data of a node is its only input.</summary>
    public static bool HasOneInput(Node node) => node.Inputs.Count == 1 && node.Outputs.Count == 1;
}
