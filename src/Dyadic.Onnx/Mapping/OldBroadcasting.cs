using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>The broadcasting of operator sets before 7: <c>broadcast</c> allows it, <c>axis</c> says which axis of a the first one of b is; today's aligns the last ones.</summary>
internal static class OldBroadcasting
{
    /// <summary>The second operand, under the dimensions with which today's broadcasting does what the node's operator set said.</summary>
    public static Value Second(NodeImport n)
    {
        (Value a, Value b) = (n[0], n[1]);
        if (n.Opset >= 7) return b;
        bool allowed = n.Flag("broadcast", false) || b.Shape == a.Shape || !a.Shape.IsKnown || !b.Shape.IsKnown;
        NodeImport.Require(allowed, $"a is {a.Shape} and b is {b.Shape}; without 'broadcast' they must be equal in this opset");
        int last = a.Shape.Rank - b.Shape.Rank, axis = n.Int("axis", last);
        return Aligned(n, b, axis < 0 ? axis + a.Shape.Rank : axis);
    }

    /// <summary>The slopes of PRelu: one, or one for each channel, which is axis 1.</summary>
    public static Value Slope(NodeImport n) => n.Opset < 7 && n[1].Shape is { Rank: 1 } slope && slope[0] != 1 ? Aligned(n, n[1], 1) : n[1];

    // Axes of size 1 are added behind, as many as lie between the end of b and that of a.
    private static Value Aligned(NodeImport n, Value b, int axis)
    {
        (int rank, int added) = (b.Shape.Rank, n[0].Shape.Rank - axis - b.Shape.Rank);
        NodeImport.Require(axis >= 0 && added >= 0, $"b is {b.Shape} and does not fit a, {n[0].Shape}, from axis {axis} on");
        return rank == 0 || added == 0 ? b : n.Emit(new Unsqueeze([.. Enumerable.Range(rank, added)]), b);
    }
}
