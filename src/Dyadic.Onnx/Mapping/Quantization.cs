using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>QuantizeLinear and DequantizeLinear, opset 10 to 21, per tensor, per axis and in blocks; what opset 23 added, too.</summary>
internal static class Quantization
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("QuantizeLinear", 10, ImportQuantize, "to integers of 4, 8 and 16 bits and floats of 8"),
        new("DequantizeLinear", 10, ImportDequantize, "integers of 4, 8, 16 and 32 bits, floats of 8"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<QuantizeLinear>("QuantizeLinear", (n, op) => Export(n, n.Node.Output.Type.Type, op.Axis, op.Block, op.Saturate)),
        ExportRule.Of<DequantizeLinear>("DequantizeLinear", (n, op) => Export(n, n.Node.Inputs[0].Type.Type, op.Axis, op.Block)),
    ];

    private static void ImportQuantize(NodeImport n)
    {
        (int axis, int block) = (n.Int("axis", 1), n.Int("block_size", 0));
        (DType x, DType otherwise) = (n[0].Type.Type, n.Optional(2)?.Type.Type ?? DType.UInt8);
        NodeImport.Require(n.ElementType("precision", x) == x, "a precision that is not that of x is not supported");
        DType type = n.ElementType("output_dtype", otherwise);
        NodeImport.Require(!n.Has(2) || type == otherwise, $"output_dtype is {type}, the zero point {otherwise}");
        bool saturate = n.Flag("saturate", true) || !type.IsFloat8();
        Value scale = n[1].Type.Type == x || n.Opset < 23 ? n[1] : n.Emit(new Cast(x), n[1]);
        n.Return(new QuantizeLinear(axis, block, saturate), n[0], Scales(n, scale, block), Scales(n, ZeroPoint(n, type), block));
    }

    private static void ImportDequantize(NodeImport n)
    {
        (int axis, int block) = (n.Int("axis", 1), n.Int("block_size", 0));
        DType type = n.ElementType("output_dtype", n[1].Type.Type);
        DequantizeLinear op = new(axis, block);
        Value[] inputs = [n[0], Scales(n, n[1], block), Scales(n, ZeroPoint(n, n[0].Type.Type), block)];
        if (type == n[1].Type.Type) n.Return(op, inputs);
        else n.Return(new Cast(type), n.Emit(op, inputs));
    }

    private static Value ZeroPoint(NodeImport n, DType type) => n.Optional(2) ?? n.NewConstant("zero_point", Tensor.Zeros(n[1].Shape, type));

    // Scales of rank 1 and size 1 mean the whole tensor, as scalars do; the axis is not looked at then.
    private static Value Scales(NodeImport n, Value v, int block)
    {
        NodeImport.Require(block != 0 || v.Shape.Rank <= 1, $"scales of shape {v.Shape} for an input of rank {n[0].Shape.Rank}, without block_size; use a scalar or a vector");
        return v;
    }

    // What ONNX assumes anyway is left out: axis 1, and the zero points of biases. Those of 8-bit codes stay even where they are 0: ONNX Runtime 1.30
    // refuses some graphs without them (a QuantizeLinear that it fuses; weights that it turns from int8 to uint8).
    private static void Export(NodeExport n, DType type, int axis, int block, bool saturate = true)
    {
        if (block > 0 || type.IsFourBits() || type is DType.Int16 or DType.UInt16) n.Since(21);
        if (type.IsFloat8()) n.Since(19);
        bool implied = type == DType.Int32 && IsZero(n.Node.Inputs[2]);
        string[] inputs = implied ? [n[0], n[1]] : [n[0], n[1], n[2]];
        List<AttributeProto> attributes = axis == 1 ? [] : [Attributes.Int("axis", axis)];
        if (block > 0) attributes.Add(Attributes.Int("block_size", block));
        if (!saturate) attributes.Add(Attributes.Flag("saturate", false));
        n.Write(n.Node.Op.Name, inputs, [.. attributes]);
    }

    private static bool IsZero(Value zeroPoint) => zeroPoint.Constant is { } data && !TensorBytes.Write(data).AsSpan().ContainsAnyExcept((byte)0);
}
