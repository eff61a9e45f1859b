using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators whose output sizes depend on the data.</summary>
internal static class Counting
{
    private const string Limits = "no plan: the graph runs node by node";

    public static IEnumerable<ImportRule> Imports =>
    [
        new("NonZero", 9, n => n.Return(new NonZero(n.NewSymbol("count")), n[0]), Limits),
        new("Compress", 9, n => n.Return(new Compress(Axis(n), n.NewSymbol("count")), n[0], n[1]), Limits),
        new("Unique", 11, n => n.Return(new Unique(Axis(n), n.Flag("sorted", true), n.NewSymbol("count")), n[0]), Limits),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Plain<NonZero>("NonZero"),
        ExportRule.Of<Compress>("Compress", (n, op) => n.Write("Compress", Axis(op.Axis))),
        ExportRule.Of<Unique>("Unique", (n, op) => n.Write("Unique", [.. Axis(op.Axis), Attributes.Flag("sorted", op.Sorted)])),
    ];

    private static int? Axis(NodeImport n) => n.Long("axis", long.MinValue) == long.MinValue ? null : n.Int("axis", 0);

    private static AttributeProto[] Axis(int? axis) => axis is { } a ? [Attributes.Int("axis", a)] : [];
}
