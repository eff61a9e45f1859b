using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>QuantizeLinear and DequantizeLinear, opset 10 to 21, per tensor and per axis.</summary>
internal static class Quantization
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("QuantizeLinear", 10, ImportQuantize, "int8, uint8, int16, uint16; no blocks"),
        new("DequantizeLinear", 10, ImportDequantize, "int8, uint8, int16, uint16, int32; no blocks"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<QuantizeLinear>("QuantizeLinear", (n, op) => Export(n, n.Node.Output.Type.Type, op.Axis)),
        ExportRule.Of<DequantizeLinear>("DequantizeLinear", (n, op) => Export(n, n.Node.Inputs[0].Type.Type, op.Axis)),
    ];

    private static void ImportQuantize(NodeImport n)
    {
        int axis = Axis(n);
        n.Ignore("saturate");                          // of 8-bit floats, which are refused as element types
        NodeImport.Require(n.Int("precision", 0) == 0, "precision is not supported");
        int code = n.Int("output_dtype", 0);
        DType type = code == 0 ? DType.UInt8 : ElementTypes.Of(code) ?? throw new ImportRefusal($"output_dtype {ElementTypes.NameOf(code)} is not supported");
        n.Return(new QuantizeLinear(axis), n[0], Vector(n, Codes.Scale(n, 1), n[0].Shape.Rank), Vector(n, ZeroPoint(n, type), n[0].Shape.Rank));
    }

    private static void ImportDequantize(NodeImport n)
    {
        int axis = Axis(n);
        NodeImport.Require(n.Int("output_dtype", 0) == 0, "output_dtype is not supported");
        n.Return(new DequantizeLinear(axis), n[0], Vector(n, Codes.Scale(n, 1), n[0].Shape.Rank), Vector(n, ZeroPoint(n, n[0].Type.Type), n[0].Shape.Rank));
    }

    private static int Axis(NodeImport n)
    {
        NodeImport.Require(n.Int("block_size", 0) == 0, "blocks (block_size) are not supported");
        return n.Int("axis", 1);
    }

    private static Value ZeroPoint(NodeImport n, DType type) => n.Optional(2) ?? n.NewConstant("zero_point", Tensor.Zeros(n[1].Shape, type));

    // Scales of rank 1 and size 1 mean the whole tensor, as scalars do; the axis is not looked at then.
    private static Value Vector(NodeImport n, Value v, int rank)
    {
        NodeImport.Require(v.Shape.Rank <= 1, $"scales of shape {v.Shape} for an input of rank {rank}; use a scalar or a vector");
        return v;
    }

    // What ONNX assumes anyway is left out: axis 1, and the zero points of biases. Those of 8-bit codes stay even where they are 0: ONNX Runtime 1.30
    // refuses some graphs without them (a QuantizeLinear that it fuses; weights that it turns from int8 to uint8).
    private static void Export(NodeExport n, DType type, int axis)
    {
        if (n.Opset < 21 && type is (DType.Int16 or DType.UInt16)) n.Refuse($"{type} needs opset 21");
        bool implied = type == DType.Int32 && IsZero(n.Node.Inputs[2]);
        string[] inputs = implied ? [n[0], n[1]] : [n[0], n[1], n[2]];
        n.Write(n.Node.Op.Name, inputs, axis == 1 ? [] : [Attributes.Int("axis", axis)]);
    }

    private static bool IsZero(Value zeroPoint) => zeroPoint.Constant is { } data && !TensorBytes.Write(data).AsSpan().ContainsAnyExcept((byte)0);
}
