using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Random numbers. A file may leave the seed out; then it is drawn from the node's name, so that the same model gives the same numbers.</summary>
internal static class RandomNumbers
{
    private const string Limits = "every run gives the same numbers; float32 and float64";

    public static IEnumerable<ImportRule> Imports =>
    [
        new("RandomUniform", 1, n => Import(n, Shaped(n), n.Float("low", 0), n.Float("high", 1), false), Limits),
        new("RandomNormal", 1, n => Import(n, Shaped(n), n.Float("mean", 0), n.Float("scale", 1), true), Limits),
        new("RandomUniformLike", 1, n => Import(n, n[0], n.Float("low", 0), n.Float("high", 1), false), Limits),
        new("RandomNormalLike", 1, n => Import(n, n[0], n.Float("mean", 0), n.Float("scale", 1), true), Limits),
        new("Bernoulli", 15, ImportBernoulli, Limits),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<RandomLike>("RandomUniformLike or RandomNormalLike", (n, op) => n.Write(
            op.IsNormal ? "RandomNormalLike" : "RandomUniformLike", Attributes.Float(op.IsNormal ? "mean" : "low", (float)op.A), Attributes.Float(op.IsNormal ? "scale" : "high", (float)op.B),
            Attributes.Float("seed", op.Seed), Attributes.Int("dtype", ElementTypes.CodeOf(op.Type)))),
    ];

    private static Value Shaped(NodeImport n)
    {
        int[] shape = n.Ints("shape") ?? throw new ImportRefusal("the shape is missing");
        NodeImport.Require(shape.All(d => d >= 0) && shape.Aggregate(1L, (p, d) => Math.Min(p * d, 1L << 32)) <= int.MaxValue, $"[{string.Join(", ", shape)}] is no shape");
        return n.NewConstant("like", Tensor.Zeros(Shape.Scalar).Expand(Shape.Of(shape)));
    }

    private static void Import(NodeImport n, Value like, double a, double b, bool normal) => n.Return(new RandomLike(normal, a, b, Seed(n), TypeOf(n, like)), like);

    private static DType TypeOf(NodeImport n, Value like) =>
        n.ElementType("dtype", like.Type.Type.IsFloat() ? like.Type.Type : DType.Float32);

    // 24 bits, which the attribute of a file holds.
    private static long Seed(NodeImport n) => n.Float("seed", float.NaN) is var seed && !float.IsNaN(seed) ? (long)seed : new Rng(0).Split(n.Name).NextUInt32() >> 8;

    // 1 with probability x.
    private static void ImportBernoulli(NodeImport n)
    {
        DType type = n.ElementType("dtype", n[0].Type.Type);
        Value u = n.Emit(new RandomLike(false, 0, 1, Seed(n), n[0].Type.Type), n[0]);
        n.Return(new Cast(type), n.Emit(new Less(), u, n[0]));
    }
}
