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
        new("Det", 11, n => n.Return(new Det(), n[0])),
        new("Celu", 12, ImportCelu),
        new("Selu", 1, n => ImportSelu(n, n.Float("alpha", 1.67326319217681884765625f), n.Float("gamma", 1.05070102214813232421875f))),
        new("Softsign", 1, n => n.Return(new Div(), n[0], n.Emit(new Add(), n.Emit(new Abs(), n[0]), n.Number("one", 1, n[0])))),
        new("Mish", 18, n => n.Return(new Mul(), n[0], n.Emit(new Tanh(), n.Emit(new Softplus(), n[0])))),
        new("Shrink", 9, ImportShrink),
        new("ThresholdedRelu", 10, n => n.Return(new Where(), n.Emit(new Greater(), n[0], n.Number("alpha", n.Float("alpha", 1), n[0])), n[0], n.Number("zero", 0, n[0]))),
        new("IsNaN", 9, n => n.Return(new Not(), n.Emit(new Equal(), n[0], n[0]))),
        new("IsInf", 10, ImportIsInf),
        new("ReduceL2", 1, n => Reductions.Import(n, 18, n.Emit(new Mul(), n[0], n[0]), (x, axes, keep) => n.Return(new Sqrt(), n.Emit(new ReduceSum(axes, keep), x)))),
        new("ReduceLogSum", 1, n => Reductions.Import(n, 18, n[0], (x, axes, keep) => n.Return(new Log(), n.Emit(new ReduceSum(axes, keep), x)))),
        new("ReduceLogSumExp", 1, n => Reductions.Import(n, 18, n[0], (x, axes, keep) => ImportLogSumExp(n, x, axes, keep))),
        new("ReduceL1", 1, n => Reductions.Import(n, 18, (axes, keep) => new ReduceSum(axes, keep), n.Emit(new Abs(), n[0]))),
        new("ReduceSumSquare", 1, n => Reductions.Import(n, 18, (axes, keep) => new ReduceSum(axes, keep), n.Emit(new Mul(), n[0], n[0]))),
        new("GlobalMaxPool", 1, n => n.Return(new ReduceMax([.. Enumerable.Range(2, n[0].Shape.Rank - 2)], true), n[0])),
    ];

    // α·x + β
    private static Value HardSlope(NodeImport n, float alpha, float beta) =>
        n.Emit(new Add(), n.Emit(new Mul(), n[0], n.Number("alpha", alpha, n[0])), n.Number("beta", beta, n[0]));

    // max(x, 0) + α·(exp(min(x, 0)) − 1)
    private static void ImportElu(NodeImport n)
    {
        Value below = ExpMinusOne(n, n.Emit(new Clip(null, 0), n[0]));
        n.Return(new Add(), n.Emit(new Relu(), n[0]), n.Emit(new Mul(), below, n.Number("alpha", n.Float("alpha", 1), n[0])));
    }

    // eˣ − 1 for x ≤ 0 as 2t/(1 − t), t = tanh(x/2): nothing cancels near 0.
    private static Value ExpMinusOne(NodeImport n, Value x)
    {
        Value t = n.Emit(new Tanh(), n.Emit(new Mul(), x, n.Number("half", 0.5, n[0])));
        return n.Emit(new Div(), n.Emit(new Add(), t, t), n.Emit(new Sub(), n.Number("one", 1, n[0]), t));
    }

    // max(x, 0) + min(α·(exp(x/α) − 1), 0)
    private static void ImportCelu(NodeImport n)
    {
        Value alpha = n.Number("alpha", n.Float("alpha", 1), n[0]);
        Value below = ExpMinusOne(n, n.Emit(new Div(), n.Emit(new Clip(null, 0), n[0]), alpha));
        n.Return(new Add(), n.Emit(new Relu(), n[0]), n.Emit(new Mul(), below, alpha));
    }

    // γ·(max(x, 0) + α·(exp(min(x, 0)) − 1))
    private static void ImportSelu(NodeImport n, float alpha, float gamma)
    {
        Value below = ExpMinusOne(n, n.Emit(new Clip(null, 0), n[0]));
        n.Return(new Mul(), n.Emit(new Add(), n.Emit(new Relu(), n[0]), n.Emit(new Mul(), below, n.Number("alpha", alpha, n[0]))), n.Number("gamma", gamma, n[0]));
    }

    // x + b below −λ, x − b above λ, 0 between.
    private static void ImportShrink(NodeImport n)
    {
        Value limit = n.Number("lambd", n.Float("lambd", 0.5f), n[0]), bias = n.Number("bias", n.Float("bias", 0), n[0]), minus = n.Number("minus", -n.Float("lambd", 0.5f), n[0]);
        Value above = n.Emit(new Where(), n.Emit(new Greater(), n[0], limit), n.Emit(new Sub(), n[0], bias), n.Number("zero", 0, n[0]));
        n.Return(new Where(), n.Emit(new Less(), n[0], minus), n.Emit(new Add(), n[0], bias), above);
    }

    private static void ImportIsInf(NodeImport n)
    {
        Value Is(double value) => n.Emit(new Equal(), n[0], n.Number("infinity", value, n[0]));
        (bool negative, bool positive) = (n.Flag("detect_negative", true), n.Flag("detect_positive", true));
        if (negative && positive) n.Return(new Or(), Is(double.NegativeInfinity), Is(double.PositiveInfinity));
        else if (negative || positive) n.Return(new Equal(), n[0], n.Number("infinity", negative ? double.NegativeInfinity : double.PositiveInfinity, n[0]));
        else n.Return(new And(), Is(double.NegativeInfinity), Is(double.PositiveInfinity));      // false everywhere
    }

    // m + ln Σ exp(x − m) with the largest x as m, so that nothing overflows.
    private static void ImportLogSumExp(NodeImport n, Value x, Dims axes, bool keep)
    {
        Value largest = n.Emit(new ReduceMax(axes, true), x);
        Value sum = n.Emit(new ReduceSum(axes, keep), n.Emit(new Exp(), n.Emit(new Sub(), x, largest)));
        n.Return(new Add(), n.Emit(new Log(), sum), keep ? largest : n.Emit(new ReduceMax(axes, false), x));
    }

    private static void ImportMean(NodeImport n)
    {
        Value sum = n[0];
        for (int i = 1; i < n.InputCount; i++) sum = n.Emit(new Add(), sum, n[i]);
        n.Return(new Div(), sum, n.Number("count", n.InputCount, n[0]));
    }
}
