using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators that become several ops, and are not written again as themselves.</summary>
internal static class Composed
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("PRelu", 1, n => n.Return(new Add(), n.Emit(new Relu(), n[0]), n.Emit(new Mul(), n.Emit(new Clip(null, 0), n[0]), OldBroadcasting.Slope(n)))),
        new("HardSigmoid", 1, n => n.Return(new Clip(0, 1), HardSlope(n, n.Float("alpha", 0.2f), n.Float("beta", 0.5f)))),
        new("HardSwish", 14, n => n.Return(new Mul(), n[0], n.Emit(new Clip(0, 1), HardSlope(n, 1 / 6f, 0.5f)))),
        new("Elu", 1, ImportElu),
        new("Mean", 1, ImportMean),
        new("ReduceL1", 1, n => Reductions.Import(n, 18, (axes, keep) => new ReduceSum(axes, keep), n.Emit(new Abs(), n[0]))),
        new("ReduceSumSquare", 1, n => Reductions.Import(n, 18, (axes, keep) => new ReduceSum(axes, keep), n.Emit(new Mul(), n[0], n[0]))),
        new("GlobalMaxPool", 1, n => n.Return(new ReduceMax([.. Enumerable.Range(2, n[0].Shape.Rank - 2)], true), n[0])),
    ];

    // α·x + β
    private static Value HardSlope(NodeImport n, float alpha, float beta) =>
        n.Emit(new Add(), n.Emit(new Mul(), n[0], Number(n, "alpha", alpha)), Number(n, "beta", beta));

    // max(x, 0) + α·(exp(min(x, 0)) − 1)
    private static void ImportElu(NodeImport n)
    {
        Value below = n.Emit(new Sub(), n.Emit(new Exp(), n.Emit(new Clip(null, 0), n[0])), Number(n, "one", 1));
        n.Return(new Add(), n.Emit(new Relu(), n[0]), n.Emit(new Mul(), below, Number(n, "alpha", n.Float("alpha", 1))));
    }

    private static void ImportMean(NodeImport n)
    {
        Value sum = n[0];
        for (int i = 1; i < n.InputCount; i++) sum = n.Emit(new Add(), sum, n[i]);
        n.Return(new Div(), sum, Number(n, "count", n.InputCount));
    }

    private static Value Number(NodeImport n, string name, double value) => n.NewConstant(name, Tensor.Scalar(value, n[0].Type.Type));
}
