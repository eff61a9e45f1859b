using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators on codes. Those that give codes become dequantisation, the real operator and quantisation, which plans turn into one integer step.</summary>
internal static class QuantizedOperators
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("QLinearConv", 10, ImportConv, "one or two spatial axes"),
        new("QLinearMatMul", 10, n => Requantize(n, n.Emit(new MatMul(), Codes.Real(n, 0, -2), Codes.Real(n, 3, -1)), 6, -2)),
        new("MatMulInteger", 10, n => n.Return(new MatMulInteger(), n[0], n[1], Codes.Zero(n, 2, n[0]), Codes.Zero(n, 3, n[1])), "zero points of a vector at most"),
        new("ConvInteger", 10, ImportConvInteger, "one or two spatial axes"),
        new("DynamicQuantizeLinear", 11, ImportDynamicQuantize),
        .. Imported("QLinearAdd", new Add()), .. Imported("QLinearMul", new Mul()),
        new("com.microsoft.QLinearGlobalAveragePool", 1, n => Unary(n, new GlobalAveragePool(), channelsLast: true)),
        new("com.microsoft.QLinearAveragePool", 1, ImportAveragePool, "one or two spatial axes"),
        new("com.microsoft.QLinearSigmoid", 1, n => Unary(n, new Sigmoid())),
        new("com.microsoft.QLinearLeakyRelu", 1, n => Unary(n, new LeakyRelu(n.Float("alpha", 0.01f)))),
        new("com.microsoft.QLinearConcat", 1, ImportConcat),
        new("com.microsoft.QGemm", 1, ImportGemm),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Plain<MatMulInteger>("MatMulInteger"),
        ExportRule.Of<ConvInteger>("ConvInteger", (n, op) => n.Write("ConvInteger", [.. Contractions.Window(n, op.Strides, op.Pads, op.Dilations), Attributes.Int("group", op.Groups)])),
    ];

    private static IEnumerable<ImportRule> Imported(string name, Op op) =>
        [new($"com.microsoft.{name}", 1, n => Requantize(n, n.Emit(op, Codes.Real(n, 0), Codes.Real(n, 3)), 6))];

    // Inputs: x, scale and zero point of x, scale and zero point of y.
    private static void Unary(NodeImport n, Op op, bool channelsLast = false)
    {
        if (channelsLast) NodeImport.Require(!n.Flag("channels_last", false), "channels_last is not supported");
        Requantize(n, n.Emit(op, Codes.Real(n, 0)), 3);
    }

    private static void Requantize(NodeImport n, Value y, int scale, int axis = 1) => n.Return(new QuantizeLinear(axis), y, Codes.One(n, Codes.Scale(n, scale)), Codes.Zero(n, scale + 1, null));

    private static void ImportAveragePool(NodeImport n)
    {
        Windows w = Windows.Of(n, null);
        bool ceil = n.Flag("ceil_mode", false), counted = n.Flag("count_include_pad", false);
        Unary(n, new AveragePool(w.Kernel, w.Strides, w.Pads, w.Dilations, ceil, counted), channelsLast: true);
    }

    private static void ImportConv(NodeImport n)
    {
        Windows w = Windows.Of(n, n[3].Shape.ToArray()[2..]);
        Value x = Codes.Real(n, 0), weights = Codes.Real(n, 3, 0);
        Conv op = new(w.Strides, w.Pads, w.Dilations, n.Int("group", 1));
        Value y = n.Has(8) ? n.Emit(op, x, weights, Codes.Bias(n, n[8], Codes.One(n, n[1]), Codes.One(n, n[4]))) : n.Emit(op, x, weights);
        Requantize(n, y, 6);
    }

    private static void ImportConvInteger(NodeImport n)
    {
        Windows w = Windows.Of(n, n[1].Shape.ToArray()[2..]);
        n.Return(new ConvInteger(w.Strides, w.Pads, w.Dilations, n.Int("group", 1)), n[0], n[1], Codes.Zero(n, 2, n[0]), Codes.Zero(n, 3, n[1]));
    }

    private static void ImportDynamicQuantize(NodeImport n)
    {
        (Value scale, Value zero) = Codes.Dynamic(n, n[0]);
        n.Return(new QuantizeLinear(), n[0], scale, zero);
        if (n.Wants(1)) n.Define(1, scale);
        if (n.Wants(2)) n.Define(2, zero);
    }

    // Inputs: scale and zero point of y, then each x with its own.
    private static void ImportConcat(NodeImport n)
    {
        NodeImport.Require(n.InputCount > 4 && n.InputCount % 3 == 2, $"{n.InputCount} inputs are no results and triples");
        Value[] parts = [.. Enumerable.Range(0, (n.InputCount - 2) / 3).Select(i => Codes.Real(n, 2 + (3 * i)))];
        Requantize(n, n.Emit(new Concat(n.Int("axis", 0)), parts), 0);
    }

    // α·A′·B′ + C, C being codes at scale α·s_a·s_b; real where no scale of y is given.
    private static void ImportGemm(NodeImport n)
    {
        float alpha = n.Float("alpha", 1);
        bool turned = n.Flag("transB", false);
        Value a = Turned(n, Codes.Real(n, 0), n.Flag("transA", false)), b = Turned(n, Codes.Real(n, 3, turned ? 0 : 1), turned);
        List<(Op Op, Value[] Others)> ops = [(new MatMul(), [b])];
        if (alpha != 1) ops.Add((new Mul(), [n.NewConstant("alpha", Tensor.Scalar(alpha))]));
        if (n.Has(6))
        {
            Value scale = alpha == 1 ? Codes.One(n, n[1]) : n.Emit(new Mul(), Codes.One(n, n[1]), n.NewConstant("alpha", Tensor.Scalar(alpha)));
            ops.Add((new Add(), [Codes.Bias(n, n[6], scale, Codes.One(n, n[4]), axis: -1)]));
        }
        foreach ((Op op, Value[] others) in n.Has(7) ? ops : ops.SkipLast(1)) a = n.Emit(op, [a, .. others]);
        if (n.Has(7)) Requantize(n, a, 7);
        else n.Return(ops[^1].Op, [a, .. ops[^1].Others]);
    }

    private static Value Turned(NodeImport n, Value v, bool turned) => turned ? n.Emit(new Transpose([1, 0]), v) : v;
}
