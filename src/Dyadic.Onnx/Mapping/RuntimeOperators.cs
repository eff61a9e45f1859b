using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Matrix products of the domain com.microsoft, as ONNX Runtime's tools write them.</summary>
internal static class RuntimeOperators
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("com.microsoft.FusedMatMul", 1, ImportFused, "no transposed batches"),
        new("com.microsoft.DynamicQuantizeMatMul", 1, ImportDynamic, "zero points of a vector at most"),
        new("com.microsoft.MatMulIntegerToFloat", 1, ImportToFloat, "zero points of a vector at most"),
        new("com.microsoft.MatMulNBits", 1, ImportBits, "4 and 8 bits, constants, no g_idx"),
    ];

    private static void ImportFused(NodeImport n)
    {
        NodeImport.Require(!n.Flag("transBatchA", false) && !n.Flag("transBatchB", false), "transposed batches are not supported");
        Value a = Turned(n, n[0], n.Flag("transA", false)), b = Turned(n, n[1], n.Flag("transB", false));
        float alpha = n.Float("alpha", 1);
        if (alpha == 1) n.Return(new MatMul(), a, b);
        else n.Return(new Mul(), n.Emit(new MatMul(), a, b), n.Number("alpha", alpha, a));
    }

    private static Value Turned(NodeImport n, Value v, bool turned)
    {
        int rank = v.Shape.Rank;
        return turned && rank > 1 ? n.Emit(new Transpose([.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]), v) : v;
    }

    // Inputs: A, B, scale of B, zero point of B, bias.
    private static void ImportDynamic(NodeImport n)
    {
        (Value scale, Value zero) = Codes.Dynamic(n, n[0]);
        Value codes = n.Emit(new QuantizeLinear(), n[0], scale, zero);
        Return(n, n.Emit(new MatMulInteger(), codes, n[1], zero, Codes.Zero(n, 3, n[1])), n.Emit(new Mul(), scale, Codes.One(n, n[2])), 4);
    }

    // Inputs: A, B, their scales, their zero points, bias.
    private static void ImportToFloat(NodeImport n)
    {
        Value sums = n.Emit(new MatMulInteger(), n[0], n[1], Codes.Zero(n, 4, n[0]), Codes.Zero(n, 5, n[1]));
        NodeImport.Require(Codes.One(n, n[2]).Shape.Rank == 0, "several scales of A are not supported");
        Return(n, sums, n.Emit(new Mul(), Codes.One(n, n[2]), Codes.One(n, n[3])), 6);
    }

    private static void Return(NodeImport n, Value sums, Value scale, int bias)
    {
        Value real = n.Emit(new Cast(DType.Float32), sums);
        if (n.Has(bias)) n.Return(new Add(), n.Emit(new Mul(), real, scale), n[bias]);
        else n.Return(new Mul(), real, scale);
    }

    // B [N, blocks, bytes]: the weights of an output, packed from the low bits on; a scale and a zero point for each block.
    private static void ImportBits(NodeImport n)
    {
        n.Ignore("accuracy_level");
        (int bits, int size, int outs, int inner) = (n.Int("bits", 4), n.Int("block_size", 0), n.Int("N", 0), n.Int("K", 0));
        NodeImport.Require(bits is 4 or 8 && size > 0 && outs > 0 && inner > 0, $"bits {bits}, block_size {size}, N {outs}, K {inner}: 4 or 8 bits and positive sizes are supported");
        NodeImport.Require(!n.Has(4), "g_idx is not supported");
        int blocks = (inner + size - 1) / size;
        Tensor packed = n.Constant(1, "B"), scales = n.Constant(2, "the scales").Cast(DType.Float32);
        NodeImport.Require(packed.Type == DType.UInt8 && packed.Length == (long)outs * blocks * size * bits / 8 && scales.Length == outs * blocks, $"B and its scales do not hold {outs}·{blocks} blocks of {size}");
        Shape each = Shape.Of(outs, blocks);
        Value codes = n.NewConstant("codes", Fields(packed, bits, outs, blocks * size, inner)), scale = n.NewConstant("scales", scales.Reshape(each));
        Tensor? zeros = n.Has(3) ? n.Constant(3, "the zero points") : null;
        bool packs = zeros?.Type == DType.UInt8;
        Tensor whole = packs ? Fields(zeros!, bits, outs, ((blocks * bits) + 7) / 8 * (8 / bits), blocks) : Tensor.Full(each, zeros is null ? 1 << (bits - 1) : 0, codes.Type.Type);
        Value real = n.Emit(new DequantizeLinear(1, size), codes, scale, n.NewConstant("zero_points", whole));
        if (zeros is not null && !packs) real = n.Emit(new Sub(), real, n.NewConstant("shift", Repeated(zeros.Cast(DType.Float32).Reshape(each) * scales.Reshape(each), size, inner)));
        Value a = n[0].Type.Type == DType.Float32 ? n[0] : n.Emit(new Cast(DType.Float32), n[0]);
        Value y = n.Emit(new MatMul(), a, n.Emit(new Transpose([1, 0]), real));
        if (n.Has(5)) y = n.Emit(new Add(), y, n[5].Type.Type == DType.Float32 ? n[5] : n.Emit(new Cast(DType.Float32), n[5]));
        n.Return(n[0].Type.Type == DType.Float32 ? new Identity() : new Cast(n[0].Type.Type), y);
    }

    // The first so many fields of each line, which begins with a byte of its own.
    private static Tensor Fields(Tensor packed, int bits, int lines, int line, int count)
    {
        byte[] bytes = packed.ToArray<byte>(), fields = new byte[lines * count];
        NodeImport.Require(bytes.Length == (long)lines * line * bits / 8, $"{bytes.Length} bytes do not hold {lines} lines of {line} fields of {bits} bits");
        for (int i = 0; i < fields.Length; i++)
        {
            int at = (i / count * line) + (i % count);
            fields[i] = bits == 8 ? bytes[at] : StoredNumbers.LowBits(DType.UInt4, (byte)(bytes[at / 2] >> (at % 2 * 4)));
        }
        return Tensor.Create(Shape.Of(lines, count), bits == 8 ? DType.UInt8 : DType.UInt4, fields, static (to, from) => from.CopyTo(to));
    }

    // Each number of a line so many times, up to a length.
    private static Tensor Repeated(Tensor lines, int times, int length) => lines.Gather(Tensor.Vector<int>([.. Enumerable.Range(0, length).Select(i => i / times)]), 1);
}
