using Dyadic.Ir;

namespace Dyadic.Onnx.Importing;

/// <summary>
/// Operators on vectors of sizes of which some are symbolic: Shape → Gather → Concat → Reshape and its relatives, computed while importing.
/// Where every size is known the vectors are ordinary constants, and the ordinary rules fold them.
/// </summary>
internal static class ShapeArithmetic
{
    /// <summary>True when the node was computed here because an input holds symbolic sizes.</summary>
    public static bool TryApply(NodeImport node)
    {
        if (!Enumerable.Range(0, node.InputCount).Any(i => node.Has(i) && node.Operand(i) is Operand.Sizes)) return false;
        if (node.Operator is "Reshape" or "Expand" && node.Operand(0) is not Operand.Sizes) return false;      // their rules read sizes
        switch (node.Operator)
        {
            case "Gather": Gather(node); break;
            case "Slice": Slice(node); break;
            case "Concat": Concat(node); break;
            case "Unsqueeze": node.Ignore("axes"); node.ReturnSizes(Read(node, 0).Dims, false); break;
            case "Squeeze": node.Ignore("axes"); Squeeze(node); break;
            case "Reshape": node.Ignore("allowzero"); node.ReturnSizes(Read(node, 0).Dims, node.Constant(1, "the shape").Length == 0); break;
            case "Cast": node.Ignore("to", "saturate"); node.ReturnSizes(Read(node, 0).Dims, Read(node, 0).IsScalar); break;
            case "Identity": node.ReturnSizes(Read(node, 0).Dims, Read(node, 0).IsScalar); break;
            case "Add": Binary(node, (a, b) => a + b); break;
            case "Sub": Binary(node, (a, b) => a - b); break;
            case "Mul": Binary(node, (a, b) => a * b); break;
            case "Div": Binary(node, (a, b) => a / b); break;
            case "ReduceProd": Product(node); break;
            default: return false;
        }
        return true;
    }

    private static Operand.Sizes Read(NodeImport node, int index)
    {
        if (node.Operand(index) is Operand.Sizes sizes) return sizes;
        Value value = node[index];
        if (value.Shape.Rank > 1) throw new ImportRefusal($"input {index} is {value.Type}, which cannot be mixed with a computed shape of symbolic sizes");
        return new(node.Sizes(index, "a part of a computed shape"), value.Shape.Rank == 0);
    }

    private static void Gather(NodeImport node)
    {
        NodeImport.Require(node.Int("axis", 0) is 0 or -1, "axis of a computed shape");
        Dim[] dims = Read(node, 0).Dims;
        Tensor indices = node.Constant(1, "the index");
        node.ReturnSizes([.. node.Ints(1, "the index").Select(i => dims[i < 0 ? i + dims.Length : i])], indices.Rank == 0);
    }

    private static void Slice(NodeImport node)
    {
        Dim[] dims = Read(node, 0).Dims;
        bool asInputs = node.Opset >= 10;
        if (!asInputs) node.Ignore("axes");
        int start = (asInputs ? node.Ints(1, "starts") : node.Ints("starts")!)[0], end = (asInputs ? node.Ints(2, "ends") : node.Ints("ends")!)[0];
        int step = node.Has(4) ? node.Ints(4, "steps")[0] : 1;
        NodeImport.Require(step == 1, "steps of a slice of a computed shape");
        int from = Math.Clamp(start < 0 ? start + dims.Length : start, 0, dims.Length), to = Math.Clamp(end < 0 ? end + dims.Length : end, from, dims.Length);
        node.ReturnSizes(dims[from..to], false);
    }

    private static void Concat(NodeImport node)
    {
        NodeImport.Require(node.Int("axis", 0) is 0 or -1, "axis of a computed shape");
        node.ReturnSizes([.. Enumerable.Range(0, node.InputCount).SelectMany(i => Read(node, i).Dims)], false);
    }

    private static void Squeeze(NodeImport node)
    {
        Dim[] dims = Read(node, 0).Dims;
        NodeImport.Require(dims.Length == 1, $"a computed shape of {dims.Length} sizes cannot be squeezed");
        node.ReturnSizes(dims, true);
    }

    private static void Binary(NodeImport node, Func<Dim, Dim, Dim> function)
    {
        if (node.Opset < 7) node.Ignore("axis", "broadcast");
        Operand.Sizes a = Read(node, 0), b = Read(node, 1);
        int n = Math.Max(a.Dims.Length, b.Dims.Length);
        NodeImport.Require((a.Dims.Length == n || a.Dims.Length == 1) && (b.Dims.Length == n || b.Dims.Length == 1), "computed shapes of different lengths");
        NodeImport.Require(!a.Dims.Contains(Operand.Rest) && !b.Dims.Contains(Operand.Rest), "arithmetic with the size -1");
        node.ReturnSizes([.. Enumerable.Range(0, n).Select(i => function(a.Dims[a.Dims.Length == 1 ? 0 : i], b.Dims[b.Dims.Length == 1 ? 0 : i]))], a.IsScalar && b.IsScalar);
    }

    private static void Product(NodeImport node)
    {
        node.Ignore("axes");
        bool keep = node.Flag("keepdims", true);
        node.ReturnSizes([Read(node, 0).Dims.Aggregate((Dim)1, (a, b) => a * b)], !keep);
    }
}
