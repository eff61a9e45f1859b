using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Poolings, normalisations and softmax.</summary>
internal static class PoolsAndNorms
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("MaxPool", 7, ImportMaxPool, "one or two spatial axes; no indices"),
        new("AveragePool", 7, ImportAveragePool, "one or two spatial axes"),
        new("GlobalAveragePool", 7, n => n.Return(new GlobalAveragePool(), n[0])),
        new("BatchNormalization", 7, ImportBatchNormalization, "inference only"),
        new("LayerNormalization", 17, ImportLayerNormalization, "scale and bias of a row's shape"),
        new("Softmax", 7, n => ImportSoftmax(n, axis => new Softmax(axis)), "before opset 13: one axis"),
        new("LogSoftmax", 7, n => ImportSoftmax(n, axis => new LogSoftmax(axis)), "before opset 13: one axis"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Plain<GlobalAveragePool>("GlobalAveragePool"),
        ExportRule.Of<MaxPool>("MaxPool", (n, op) => n.Write("MaxPool", [.. Window(op.Kernel, op.Strides, op.Pads, op.Dilations), Attributes.Flag("ceil_mode", op.CeilMode)])),
        ExportRule.Of<AveragePool>("AveragePool (dilations since 19)", ExportAveragePool),
        ExportRule.Of<BatchNormalization>("BatchNormalization", (n, op) => n.Write("BatchNormalization", Attributes.Float("epsilon", op.Epsilon))),
        ExportRule.Of<LayerNormalization>("LayerNormalization since 17; before that ReduceMean, Sub, Mul, Add, Sqrt and Div", ExportLayerNormalization),
        ExportRule.Of<Softmax>("Softmax", (n, op) => n.Write("Softmax", Attributes.Int("axis", op.Axis))),
        ExportRule.Of<LogSoftmax>("LogSoftmax", (n, op) => n.Write("LogSoftmax", Attributes.Int("axis", op.Axis))),
    ];

    private static void ImportMaxPool(NodeImport n)
    {
        n.Ignore("storage_order");                     // the order of the indices, which are refused
        NodeImport.Require(!n.Wants(1), "the indices are not supported");
        Windows w = Windows.Of(n, null);
        n.Return(new MaxPool(w.Kernel, w.Strides, w.Pads, w.Dilations, n.Flag("ceil_mode", false)), n[0]);
    }

    private static void ImportAveragePool(NodeImport n)
    {
        Windows w = Windows.Of(n, null);
        n.Return(new AveragePool(w.Kernel, w.Strides, w.Pads, w.Dilations, n.Flag("ceil_mode", false), n.Flag("count_include_pad", false)), n[0]);
    }

    private static void ImportBatchNormalization(NodeImport n)
    {
        n.Ignore("momentum");
        NodeImport.Require(!n.Flag("training_mode", false), "training_mode is on; export the model for inference");
        NodeImport.Require(n.Flag("spatial", true), "spatial = 0 is not supported");
        NodeImport.Require(!Enumerable.Range(1, 4).Any(n.Wants), "statistics as outputs are not supported");
        n.Return(new BatchNormalization(n.Float("epsilon", 1e-5f)), n[0], n[1], n[2], n[3], n[4]);
    }

    private static void ImportLayerNormalization(NodeImport n)
    {
        n.Ignore("stash_type");
        int axis = n.Int("axis", -1);
        float epsilon = n.Float("epsilon", 1e-5f);
        n.Return(new LayerNormalization(axis, epsilon), n.All());
        if (!n.Wants(1) && !n.Wants(2)) return;
        int first = n[0].Shape.Axis(axis, "LayerNormalization");
        Dims axes = [.. Enumerable.Range(first, n[0].Shape.Rank - first)];
        Value mean = n.Emit(new ReduceMean(axes, true), n[0]), centred = n.Emit(new Sub(), n[0], mean);
        Value variance = n.Emit(new ReduceMean(axes, true), n.Emit(new Mul(), centred, centred));
        if (n.Wants(1)) n.Define(1, mean);
        if (n.Wants(2)) n.Define(2, n.Emit(new Reciprocal(), n.Emit(new Sqrt(), n.Emit(new Add(), variance, n.NewConstant("epsilon", Tensor.Scalar(epsilon, variance.Type.Type))))));
    }

    // Before opset 13 all axes from the given one on are summed over as one: the same where the later ones have size 1.
    private static void ImportSoftmax(NodeImport n, Func<int, Op> op)
    {
        int axis = n.Int("axis", n.Opset < 13 ? 1 : -1);
        Shape x = n[0].Shape;
        if (n.Opset < 13)
        {
            int first = x.Axis(axis, n.Operator);
            bool single = Enumerable.Range(first, x.Rank - first).Count(i => x[i] != 1) <= 1;
            NodeImport.Require(single, $"axis {axis} of {x} sums over several axes in this opset; convert the model to opset 13");
            while (first < x.Rank - 1 && x[first] == 1) first++;
            axis = first;
        }
        n.Return(op(axis), n[0]);
    }

    private static void ExportAveragePool(NodeExport n, AveragePool op)
    {
        bool dilated = op.Dilations.Any(d => d != 1);
        if (dilated && n.Opset < 19) n.Refuse("a dilation needs opset 19");
        List<AttributeProto> attributes = Window(op.Kernel, op.Strides, op.Pads, dilated ? op.Dilations : Dims.Empty);
        n.Write("AveragePool", [.. attributes, Attributes.Flag("ceil_mode", op.CeilMode), Attributes.Flag("count_include_pad", op.CountIncludePad)]);
    }

    // d = x − mean(x); y = d/√(mean(d·d) + ε)·scale + bias
    private static void ExportLayerNormalization(NodeExport n, LayerNormalization op)
    {
        if (n.Opset >= 17)
        {
            n.Write("LayerNormalization", Attributes.Int("axis", op.Axis), Attributes.Float("epsilon", op.Epsilon));
            return;
        }
        int rank = n.Node.Inputs[0].Shape.Rank, first = op.Axis < 0 ? op.Axis + rank : op.Axis;
        AttributeProto axes = Attributes.Ints("axes", Enumerable.Range(first, rank - first));
        string d = n.Inner("Sub", [n[0], n.Inner("ReduceMean", [n[0]], axes)]);
        string variance = n.Inner("ReduceMean", [n.Inner("Mul", [d, d])], axes.Clone());
        string normal = n.Inner("Div", [d, n.Inner("Sqrt", [n.Inner("Add", [variance, n.Scalar("epsilon", op.Epsilon)])])]);
        if (n.Node.Inputs.Count < 3) n.Write("Mul", [normal, n[1]]);
        else n.Write("Add", [n.Inner("Mul", [normal, n[1]]), n[2]]);
    }

    private static List<AttributeProto> Window(Dims kernel, Dims strides, Dims pads, Dims dilations)
    {
        List<AttributeProto> attributes = [Attributes.Ints("kernel_shape", kernel)];
        if (strides.Count > 0) attributes.Add(Attributes.Ints("strides", strides));
        if (pads.Count > 0) attributes.Add(Attributes.Ints("pads", pads));
        if (dilations.Count > 0) attributes.Add(Attributes.Ints("dilations", dilations));
        return attributes;
    }
}
