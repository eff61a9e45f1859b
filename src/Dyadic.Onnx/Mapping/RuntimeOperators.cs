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
        new("com.microsoft.MatMulNBits", 1, ImportBits, "4 and 8 bits, constants, no g_idx; the weights become float"),
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
        int blocks = (int)(((long)inner + size - 1) / size), each = 8 / bits;
        byte[] packed = n.Constant(1, "B").ToArray<byte>();
        float[] scales = n.Constant(2, "the scales").Cast(DType.Float32).ToArray<float>();
        NodeImport.Require(scales.Length == (long)outs * blocks && packed.Length == (double)outs * blocks * (size / each), $"B and its scales do not hold {outs}·{blocks} blocks of {size}");
        n.RequireFew((double)outs * inner);
        Func<int, int, float> zero = Zeros(n, bits, blocks);
        float[] weights = new float[outs * inner];
        for (int o = 0; o < outs; o++)
            for (int k = 0; k < inner; k++)
            {
                int block = k / size, place = (((o * blocks) + block) * size) + (k % size);
                weights[(k * outs) + o] = (Field(packed, place, bits) - zero(o, block)) * scales[(o * blocks) + block];
            }
        Value b = n.NewConstant("weights", Tensor.From(weights, Shape.Of(inner, outs)));
        Value a = n[0].Type.Type == DType.Float32 ? n[0] : n.Emit(new Cast(DType.Float32), n[0]);
        Value y = n.Emit(new MatMul(), a, b);
        if (n.Has(5)) y = n.Emit(new Add(), y, n[5].Type.Type == DType.Float32 ? n[5] : n.Emit(new Cast(DType.Float32), n[5]));
        n.Return(n[0].Type.Type == DType.Float32 ? new Identity() : new Cast(n[0].Type.Type), y);
    }

    // Packed as the weights are, each output from a byte of its own on; or one number each.
    private static Func<int, int, float> Zeros(NodeImport n, int bits, int blocks)
    {
        if (!n.Has(3)) return (_, _) => 1 << (bits - 1);
        Tensor zeros = n.Constant(3, "the zero points");
        if (zeros.Type != DType.UInt8)
        {
            float[] numbers = zeros.Cast(DType.Float32).ToArray<float>();
            return (o, block) => numbers[(o * blocks) + block];
        }
        byte[] packed = zeros.ToArray<byte>();
        int line = ((blocks * bits) + 7) / 8 * (8 / bits);
        return (o, block) => Field(packed, (o * line) + block, bits);
    }

    private static int Field(byte[] packed, int index, int bits) => bits == 8 ? packed[index] : (packed[index / 2] >> (index % 2 * 4)) & 15;
}
