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
        new("AveragePool", 1, ImportAveragePool, "three and more spatial axes: known sizes"),
        new("GlobalAveragePool", 1, n => n.Return(new GlobalAveragePool(), n[0])),
        new("LayerNormalization", 17, ImportLayerNormalization, "scale and bias of a row's shape"),
        new("Softmax", 1, n => ImportSoftmax(n, axis => new Softmax(axis), false)),
        new("LogSoftmax", 1, n => ImportSoftmax(n, axis => new LogSoftmax(axis), true)),
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

    private static void ImportAveragePool(NodeImport n)
    {
        Windows w = Windows.Of(n, null);
        bool counted = n.Flag("count_include_pad", false);
        bool ceil = n.Flag("ceil_mode", false);
        Windows.Pool(n, w, n[0], v => new AveragePool(v.Kernel, v.Strides, v.Pads, v.Dilations, ceil, counted));
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
        if (n.Wants(2)) n.Define(2, n.Emit(new Reciprocal(), n.Emit(new Sqrt(), n.Emit(new Add(), variance, n.Number("epsilon", epsilon, variance)))));
    }

    // Before opset 13 all axes from the given one on are summed over as one.
    private static void ImportSoftmax(NodeImport n, Func<int, Op> op, bool logarithm)
    {
        int axis = n.Int("axis", n.Opset < 13 ? 1 : -1);
        Shape x = n[0].Shape;
        if (n.Opset >= 13)
        {
            n.Return(op(axis), n[0]);
            return;
        }
        int first = x.Axis(axis, n.Operator), longer = Enumerable.Range(first, x.Rank - first).Count(i => x[i] != 1);
        while (longer == 1 && x[first] == 1) first++;
        if (longer <= 1) n.Return(op(first), n[0]);
        else OverSeveralAxes(n, [.. Enumerable.Range(first, x.Rank - first)], logarithm);
    }

    // With z = x − max(x): exp(z)/Σ exp(z), or z − ln Σ exp(z).
    private static void OverSeveralAxes(NodeImport n, Dims axes, bool logarithm)
    {
        Value z = n.Emit(new Sub(), n[0], n.Emit(new ReduceMax(axes, true), n[0])), powers = n.Emit(new Exp(), z);
        Value sum = n.Emit(new ReduceSum(axes, true), powers);
        if (logarithm) n.Return(new Sub(), z, n.Emit(new Log(), sum));
        else n.Return(new Div(), powers, sum);
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
