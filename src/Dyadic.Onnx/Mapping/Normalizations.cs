using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Batch, instance and mean-variance normalisation, local response normalisation.</summary>
internal static class Normalizations
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("BatchNormalization", 1, ImportBatch, "spatial = 0: inference only"),
        new("InstanceNormalization", 1, ImportInstance),
        new("MeanVarianceNormalization", 9, ImportMeanVariance),
        new("LRN", 1, ImportLocalResponse, "all sizes but the batch are known"),
    ];

    // Whether the statistics are those of the batch: an attribute before opset 7 and since 14, in between whether they are outputs.
    private static bool Trains(NodeImport n)
    {
        if (n.Opset < 7) return !n.Flag("is_test", false);
        return n.Opset < 14 ? Enumerable.Range(1, 4).Any(n.Wants) : n.Flag("training_mode", false);
    }

    private static void ImportBatch(NodeImport n)
    {
        float momentum = n.Float("momentum", 0.9f), epsilon = n.Float("epsilon", 1e-5f);
        bool trains = Trains(n);
        if (n.Opset < 9 && !n.Flag("spatial", true))
        {
            NodeImport.Require(!trains, "spatial = 0 is supported for inference only");
            Value spread = n.Emit(new Sqrt(), n.Emit(new Add(), n[4], n.Number("epsilon", epsilon, n[0])));
            Value normal = n.Emit(new Div(), n.Emit(new Sub(), n[0], n[3]), spread);
            n.Return(new Add(), n.Emit(new Mul(), normal, n[1]), n[2]);
            return;
        }
        if (!trains)
        {
            NodeImport.Require(!Enumerable.Range(1, 4).Any(n.Wants), "statistics are outputs of training alone, and training_mode is off");
            n.Return(new BatchNormalization(epsilon), n[0], n[1], n[2], n[3], n[4]);
            return;
        }
        // running = old·momentum + batch·(1 − momentum)
        Value[] results = n.ReturnFirst(new BatchNormalizationTraining(epsilon), n[0], n[1], n[2]);
        for (int i = 1; i < n.OutputCount; i++)
        {
            if (!n.Wants(i)) continue;
            Value batch = results[1 + ((i - 1) % 2)];
            if (i > 2) n.Define(i, batch);
            else n.Define(i, n.Emit(new Add(), n.Emit(new Mul(), n[2 + i], n.Number("momentum", momentum, n[0])), n.Emit(new Mul(), batch, n.Number("rest", 1 - (double)momentum, n[0]))));
        }
    }

    // (x − mean)/√(variance + ε)·scale + bias over all axes but the first two.
    private static void ImportInstance(NodeImport n)
    {
        int spatial = n[0].Shape.Rank - 2;
        NodeImport.Require(spatial > 0, $"x is {n[0].Shape}; [N, C, spatial …] is needed");
        Dims axes = [.. Enumerable.Range(2, spatial)], behind = [.. Enumerable.Range(1, spatial)];
        Value normal = Normal(n, axes, v => n.Emit(new Sqrt(), n.Emit(new Add(), v, n.Number("epsilon", n.Float("epsilon", 1e-5f), n[0]))));
        n.Return(new Add(), n.Emit(new Mul(), normal, n.Emit(new Unsqueeze(behind), n[1])), n.Emit(new Unsqueeze(behind), n[2]));
    }

    // (x − mean)/(√variance + 1e-9): the standard's function body adds the small number to the standard deviation.
    private static void ImportMeanVariance(NodeImport n)
    {
        Dims axes = [.. n.Ints("axes") ?? [0, 2, 3]];
        (Value centred, Value variance) = Moments(n, axes);
        n.Return(new Div(), centred, n.Emit(new Add(), n.Emit(new Sqrt(), variance), n.Number("epsilon", 1e-9, n[0])));
    }

    private static Value Normal(NodeImport n, Dims axes, Func<Value, Value> spread)
    {
        (Value centred, Value variance) = Moments(n, axes);
        return n.Emit(new Div(), centred, spread(variance));
    }

    private static (Value Centred, Value Variance) Moments(NodeImport n, Dims axes)
    {
        Value centred = n.Emit(new Sub(), n[0], n.Emit(new ReduceMean(axes, true), n[0]));
        return (centred, n.Emit(new ReduceMean(axes, true), n.Emit(new Mul(), centred, centred)));
    }

    // x/(bias + α·mean(x²))^β, where the mean is over the channels c − ⌊(size − 1)/2⌋ … c + ⌈(size − 1)/2⌉, zeros beyond: a pooling along the channels.
    private static void ImportLocalResponse(NodeImport n)
    {
        Shape x = n[0].Shape;
        int size = n.Int("size", 0), before = (size - 1) / 2;
        NodeImport.Require(size > 0, "size is missing or not positive");
        NodeImport.Require(x.Rank > 2 && x.Span[1..].ToArray().All(d => d.IsKnown), $"x is {x}; [N, C, spatial …] with known sizes behind the batch is needed");
        AveragePool mean = new([size, 1], [1, 1], [before, 0, size - 1 - before, 0], [1, 1], CountIncludePad: true);
        Value squares = n.Emit(new Reshape([0, 1, x[1], -1]), n.Emit(new Mul(), n[0], n[0]));
        Value means = n.Emit(new Reshape([0, .. x.Span[1..].ToArray().Select(d => d.Size)]), n.Emit(mean, squares));
        Value inner = n.Emit(new Add(), n.Emit(new Mul(), means, n.Number("alpha", n.Float("alpha", 1e-4f), n[0])), n.Number("bias", n.Float("bias", 1), n[0]));
        n.Return(new Div(), n[0], n.Emit(new Pow(), inner, n.Number("beta", n.Float("beta", 0.75f), n[0])));
    }
}
