using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>The optimisers of the training operators: inputs R (rate), T (updates so far), then X…, G… and states…; outputs new X… and states….</summary>
internal static class Training
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("ai.onnx.preview.training.Momentum", 1, ImportMomentum),
        new("ai.onnx.preview.training.Adagrad", 1, ImportAdagrad),
        new("ai.onnx.preview.training.Adam", 1, ImportAdam),
    ];

    // g = λx + G; v ← αv + βg, with β = 1 in the first update; x ← x − R·v, or x − R·(g + αv).
    private static void ImportMomentum(NodeImport n)
    {
        float alpha = n.Float("alpha", 0), decay = n.Float("norm_coefficient", 0), beta = n.Float("beta", 0);
        string mode = n.Text("mode", "standard");
        NodeImport.Require(mode is "standard" or "nesterov", $"mode '{mode}' is unknown");
        int count = Count(n, 3);
        for (int i = 0; i < count; i++)
        {
            (Value x, Value g) = Decayed(n, i, count, decay);
            Value v = n.Emit(new Add(), n.Scaled(n[2 + (2 * count) + i], alpha, "number"), n.Emit(new Mul(), g, AfterFirst(n, x, n.Number("number", beta, x), n.Number("number", 1, x))));
            Value step = mode == "standard" ? v : n.Emit(new Add(), g, n.Scaled(v, alpha, "number"));
            n.Alias(i, n.Emit(new Sub(), x, n.Emit(new Mul(), n[0], step)));
            n.Alias(count + i, v);
        }
    }

    // h ← h + g²; x ← x − R/(1 + T·d)·g/(√h + ε).
    private static void ImportAdagrad(NodeImport n)
    {
        float slowing = n.Float("decay_factor", 0), epsilon = n.Float("epsilon", 1e-6f), decay = n.Float("norm_coefficient", 0);
        int count = Count(n, 3);
        for (int i = 0; i < count; i++)
        {
            (Value x, Value g) = Decayed(n, i, count, decay);
            Value rate = n.Emit(new Div(), n[0], n.Emit(new Add(), n.Scaled(n.Emit(new Cast(x.Type.Type), n[1]), slowing, "number"), n.Number("number", 1, x)));
            Value h = n.Emit(new Add(), n[2 + (2 * count) + i], n.Emit(new Mul(), g, g));
            n.Alias(i, n.Emit(new Sub(), x, n.Emit(new Div(), n.Emit(new Mul(), rate, g), n.Emit(new Add(), n.Emit(new Sqrt(), h), n.Number("number", epsilon, x)))));
            n.Alias(count + i, h);
        }
    }

    // v ← αv + (1 − α)g; h ← βh + (1 − β)g²; x ← (1 − λ′)·(x − R′·v/(√h + ε)), R′ = R·√(1 − βᵀ)/(1 − αᵀ) for T > 0.
    private static void ImportAdam(NodeImport n)
    {
        float alpha = n.Float("alpha", 0.9f), beta = n.Float("beta", 0.999f), epsilon = n.Float("epsilon", 1e-6f);
        float decay = n.Float("norm_coefficient", 0), after = n.Float("norm_coefficient_post", 0);
        int count = Count(n, 4);
        for (int i = 0; i < count; i++)
        {
            (Value x, Value g) = Decayed(n, i, count, decay);
            Value v = n.Emit(new Add(), n.Scaled(n[2 + (2 * count) + i], alpha, "number"), n.Scaled(g, 1 - alpha, "number"));
            Value h = n.Emit(new Add(), n.Scaled(n[2 + (3 * count) + i], beta, "number"), n.Scaled(n.Emit(new Mul(), g, g), 1 - beta, "number"));
            Value corrected = n.Emit(new Div(), n.Emit(new Mul(), n[0], n.Emit(new Sqrt(), Bias(n, x, beta))), Bias(n, x, alpha));
            Value step = n.Emit(new Div(), n.Emit(new Mul(), AfterFirst(n, x, corrected, n[0]), v), n.Emit(new Add(), n.Emit(new Sqrt(), h), n.Number("number", epsilon, x)));
            n.Alias(i, n.Scaled(n.Emit(new Sub(), x, step), 1 - after, "number"));
            n.Alias(count + i, v);
            n.Alias((2 * count) + i, h);
        }
    }

    private static int Count(NodeImport n, int each)
    {
        NodeImport.Require(n.InputCount > 2 && (n.InputCount - 2) % each == 0 && n.OutputCount == (n.InputCount - 2) / each * (each - 1), $"{n.InputCount} inputs and {n.OutputCount} outputs are no whole number of tensors");
        return (n.InputCount - 2) / each;
    }

    private static (Value X, Value G) Decayed(NodeImport n, int i, int count, float decay)
    {
        Value x = n[2 + i], g = n[2 + count + i];
        return (x, decay == 0 ? g : n.Emit(new Add(), n.Scaled(x, decay, "number"), g));
    }

    // 1 − bᵀ
    private static Value Bias(NodeImport n, Value x, float b) => n.Emit(new Sub(), n.Number("number", 1, x), n.Emit(new Pow(), n.Number("number", b, x), n.Emit(new Cast(x.Type.Type), n[1])));

    private static Value AfterFirst(NodeImport n, Value x, Value later, Value first) =>
        n.Emit(new Where(), n.Emit(new Greater(), n.Emit(new Cast(x.Type.Type), n[1]), n.Number("number", 0, x)), later, first);
}
