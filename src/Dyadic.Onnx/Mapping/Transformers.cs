using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Activations and norms of transformers, as opset 23 and 24 and ONNX Runtime's tools write them.</summary>
internal static class Transformers
{
    private const float SkipEpsilon = 1e-12f;

    public static IEnumerable<ImportRule> Imports =>
    [
        new("com.microsoft.Gelu", 1, n => n.Return(new Gelu(), n[0])),
        new("com.microsoft.BiasGelu", 1, n => n.Return(new Gelu(), n.Emit(new Add(), n[0], n[1]))),
        new("com.microsoft.FastGelu", 1, n => n.Return(new Gelu(true), n.Has(1) ? n.Emit(new Add(), n[0], n[1]) : n[0])),
        new("com.microsoft.QuickGelu", 1, n => ImportSwish(n, 1.702f)),
        new("Swish", 24, n => ImportSwish(n, 1)),
        new("RMSNormalization", 23, ImportRms, "scale of a row's shape"),
        new("SimplifiedLayerNormalization", 1, ImportRms, "scale of a row's shape"),
        new("com.microsoft.SkipLayerNormalization", 1, n => ImportSkip(n, simplified: false), "no mean and deviation as outputs"),
        new("com.microsoft.SkipSimplifiedLayerNormalization", 1, n => ImportSkip(n, simplified: true), "no mean and deviation as outputs"),
    ];

    // x·σ(αx)
    private static void ImportSwish(NodeImport n, float alpha) => n.Return(new Mul(), n[0], n.Emit(new Sigmoid(), n.Scaled(n[0], n.Float("alpha", alpha), "alpha")));

    private static void ImportRms(NodeImport n)
    {
        n.Ignore("stash_type");
        NodeImport.Require(!Enumerable.Range(1, Math.Max(0, n.OutputCount - 1)).Any(n.Wants), "only the first output is supported");
        int axis = n[0].Shape.Axis(n.Int("axis", -1), n.Operator);
        n.Return(new Mul(), Rms(n, n[0], axis, n.Float("epsilon", 1e-5f)), n[1]);
    }

    // x/√(mean x² + ε)
    private static Value Rms(NodeImport n, Value x, int axis, float epsilon)
    {
        Value square = n.Emit(new ReduceMean([.. Enumerable.Range(axis, x.Shape.Rank - axis)], true), n.Emit(new Mul(), x, x));
        return n.Emit(new Div(), x, n.Emit(new Sqrt(), n.Emit(new Add(), square, n.Number("epsilon", epsilon, x))));
    }

    // The norm of x + skip (+ bias); the sum is the fourth output. Inputs: x, skip, scale, then the norm's bias unless it has none, then the sum's.
    private static void ImportSkip(NodeImport n, bool simplified)
    {
        NodeImport.Require(!n.Wants(1) && !n.Wants(2), "mean and deviation are not supported as outputs");
        int bias = simplified ? 3 : 4;
        float epsilon = n.Float("epsilon", SkipEpsilon);
        Value sum = n.Emit(new Add(), n[0], n[1]);
        if (n.Has(bias)) sum = n.Emit(new Add(), sum, n[bias]);
        if (simplified) n.Return(new Mul(), Rms(n, sum, sum.Shape.Rank - 1, epsilon), n[2]);
        else n.Return(new LayerNormalization(-1, epsilon), [sum, n[2], .. n.Has(3) ? (Value[])[n[3]] : []]);
        if (n.Wants(3)) n.Define(3, sum);
    }
}
