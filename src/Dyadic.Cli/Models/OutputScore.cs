using System.Numerics.Tensors;
using Dyadic.Ir;
using Dyadic.Numerics;

namespace Dyadic.Cli.Models;

/// <summary>How much of a model's answer in float32 another arithmetic keeps: the share of equal classes, or where it does not classify, closeness.</summary>
internal sealed class OutputScore
{
    private readonly Graph _graph;
    private readonly int[]? _classes;
    private readonly float[] _values;

    /// <summary>Compares with these outputs.</summary>
    public OutputScore(Graph graph, Tensor[] reference)
    {
        (_graph, _classes) = (graph, Classes(graph, reference));
        _values = Floats(graph, reference);
    }

    /// <summary>Whether the score is a share of predictions.</summary>
    public bool Classifies => _classes is not null;

    /// <summary>What the score says, in words.</summary>
    public string Criterion => Classifies ? "the share of samples with the class of float32" : "1 − ‖y − y₃₂‖/‖y₃₂‖ of the first output";

    /// <summary>From 0 (or below) to 1, where nothing changed.</summary>
    public double Of(Tensor[] outputs)
    {
        if (_classes is not null)
        {
            int[] found = Classes(_graph, outputs)!;
            return (double)found.Zip(_classes).Count(p => p.First == p.Second) / _classes.Length;
        }
        float[] y = Floats(_graph, outputs);
        double error = 0, norm = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double difference = y[i].Equals(_values[i]) ? 0 : y[i] - (double)_values[i];
            (error, norm) = (error + (difference * difference), norm + ((double)_values[i] * _values[i]));
        }
        double score = error == 0 ? 1 : 1 - Math.Sqrt(error / norm);
        return double.IsFinite(score) ? score : double.NegativeInfinity;
    }

    // A NaN is nobody's class.
    private static int[]? Classes(Graph graph, Tensor[] outputs)
    {
        Tensor first = CodeParams.Real(graph, 0, outputs[0]);
        if (Predictions.Top1(first) is not { } classes) return null;
        if (!first.Type.IsFloat()) return classes;
        float[] scores = Numbers.Floats(first);
        int width = scores.Length / Math.Max(1, classes.Length);
        for (int i = 0; i < classes.Length; i++)
            if (TensorPrimitives.IsNaNAny<float>(scores.AsSpan(i * width, width))) classes[i] = -1;
        return classes;
    }

    private static float[] Floats(Graph graph, Tensor[] outputs) => Numbers.Floats(CodeParams.Real(graph, 0, outputs[0]));
}
