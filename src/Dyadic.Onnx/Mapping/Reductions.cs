using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Mapping;

/// <summary>Reductions and arg-extremes. Axes are an attribute in old operator sets and an input in new ones: since 13 for the sum, since 18 for the others.</summary>
internal static class Reductions
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("ReduceSum", 1, n => Import(n, 13, (axes, keep) => new ReduceSum(axes, keep), n[0])),
        new("ReduceMean", 1, n => Import(n, 18, (axes, keep) => new ReduceMean(axes, keep), n[0])),
        new("ReduceMax", 1, n => Import(n, 18, (axes, keep) => new ReduceMax(axes, keep), n[0])),
        new("ReduceMin", 1, n => Import(n, 18, (axes, keep) => new ReduceMin(axes, keep), n[0])),
        new("ReduceProd", 1, n => Import(n, 18, (axes, keep) => new ReduceProd(axes, keep), n[0])),
        new("ArgMax", 1, n => n.Return(new ArgMax(n.Int("axis", 0), n.Flag("keepdims", true), n.Flag("select_last_index", false)), n[0])),
        new("ArgMin", 1, n => n.Return(new ArgMin(n.Int("axis", 0), n.Flag("keepdims", true), n.Flag("select_last_index", false)), n[0])),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<ReduceSum>("ReduceSum", (n, op) => Export(n, op, 13)),
        ExportRule.Of<ReduceMean>("ReduceMean", (n, op) => Export(n, op, 18)),
        ExportRule.Of<ReduceMax>("ReduceMax", (n, op) => Export(n, op, 18)),
        ExportRule.Of<ReduceMin>("ReduceMin", (n, op) => Export(n, op, 18)),
        ExportRule.Of<ReduceProd>("ReduceProd", (n, op) => Export(n, op, 18)),
        ExportRule.Of<ArgMax>("ArgMax", (n, op) => Export(n, "ArgMax", op)),
        ExportRule.Of<ArgMin>("ArgMin", (n, op) => Export(n, "ArgMin", op)),
    ];

    /// <summary>Returns a reduction of <paramref name="x"/>, its axes read from where this operator set has them.</summary>
    public static void Import(NodeImport n, int inputSince, Func<Dims, bool, Op> reduction, Value x) =>
        Import(n, inputSince, x, (value, axes, keep) => n.Return(reduction(axes, keep), value));

    /// <summary>The same for reductions that several ops compute.</summary>
    public static void Import(NodeImport n, int inputSince, Value x, Action<Value, Dims, bool> reduce)
    {
        bool keep = n.Flag("keepdims", true), noop = n.Opset >= inputSince && n.Flag("noop_with_empty_axes", false);
        int[]? axes = n.Opset < inputSince ? n.Ints("axes") : n.Has(1) ? n.Ints(1, "axes") : null;
        if (noop && axes is null or { Length: 0 }) n.Return(new Identity(), x);
        else reduce(x, [.. axes ?? []], keep);
    }

    private static void Export(NodeExport n, ReduceOp op, int inputSince)
    {
        List<AttributeProto> attributes = [Attributes.Flag("keepdims", op.KeepDims)];
        List<string> inputs = [n[0]];
        if (op.Axes.Count > 0 && n.Opset < inputSince) attributes.Add(Attributes.Ints("axes", op.Axes));
        else if (op.Axes.Count > 0) inputs.Add(n.Constant("axes", op.Axes));
        n.Write(op.Name, [.. inputs], [.. attributes]);
    }

    private static void Export(NodeExport n, string name, ArgOp op) =>
        n.Write(name, Attributes.Int("axis", op.Axis), Attributes.Flag("keepdims", op.KeepDims), Attributes.Flag("select_last_index", op.SelectLast));
}
