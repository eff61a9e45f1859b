using Dyadic.Arithmetics;
using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>Scalar losses, averaged over the batch.</summary>
public static class Losses
{
    /// <summary>−Σ_c t_c·log softmax(x)_c averaged over the rows, with t = (1 − α)·onehot + α/C.</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="labels">[N], Int64, in 0 … C − 1.</param>
    /// <param name="labelSmoothing">α in [0, 1). Szegedy et al. 2016, §7.</param>
    /// <exception cref="ShapeException">The shapes do not fit, or a label is out of range.</exception>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels, float labelSmoothing = 0)
    {
        Ensure.Shape(
            logits.Rank == 2 && labels.Rank == 1 && labels.Shape[0] == logits.Shape[0] && labels.Type == DType.Int64,
            $"CrossEntropy: logits {logits.TensorType} and labels {labels.TensorType}; [N, C] and int64 [N] are needed.");
        Ensure.Argument(labelSmoothing is >= 0 and < 1, $"CrossEntropy: label smoothing is {labelSmoothing}, it must be in [0, 1).");
        using IDisposable arithmetic = Arithmetic.Use(Arithmetic.Current.Loss);
        Tensor targets = Targets(labels, logits.Shape, labelSmoothing, logits.Type);
        return (targets * logits.LogSoftmax(-1)).ReduceSum() * (-1.0 / logits.Shape[0].Size);
    }

    /// <summary>T²·Σ_c p_c·(log p_c − log q_c) averaged over the rows, with p = softmax(teacher/T) and q = softmax(logits/T): how far a student is from its teacher.</summary>
    /// <param name="logits">Of the student, [N, C].</param>
    /// <param name="teacher">Of the teacher, [N, C]; no gradient goes there.</param>
    /// <param name="temperature">T, above 0. The factor T² keeps gradients of one size.</param>
    /// <remarks>Hinton, Vinyals and Dean 2015, §2.</remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Distillation(Tensor logits, Tensor teacher, double temperature = 1)
    {
        Ensure.Shape(logits.Rank == 2 && logits.TensorType == teacher.TensorType, $"Distillation: the student's logits are {logits.TensorType} and the teacher's {teacher.TensorType}; both [N, C] are needed.");
        Ensure.Argument(temperature > 0 && double.IsFinite(temperature), $"Distillation: the temperature is {temperature}, it must be above 0.");
        using IDisposable arithmetic = Arithmetic.Use(Arithmetic.Current.Loss);
        Tensor wanted = (teacher.Detach() * (1 / temperature)).LogSoftmax(-1), q = (logits * (1 / temperature)).LogSoftmax(-1);
        return (wanted.Exp() * (wanted - q)).ReduceSum() * (temperature * temperature / logits.Shape[0].Size);
    }

    /// <summary>Mean of (x − y)².</summary>
    public static Tensor MeanSquaredError(Tensor x, Tensor y)
    {
        Ensure.Shape(x.Shape == y.Shape, $"MeanSquaredError: shapes {x.Shape} and {y.Shape} differ.");
        using IDisposable arithmetic = Arithmetic.Use(Arithmetic.Current.Loss);
        Tensor d = x - y;
        return (d * d).ReduceMean();
    }

    /// <summary>Mean of max(x, 0) − x·t + log(1 + e^−|x|): the cross-entropy of sigmoid(x) and targets t in [0, 1], without overflow.</summary>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor targets)
    {
        Ensure.Shape(logits.Shape == targets.Shape, $"BinaryCrossEntropyWithLogits: shapes {logits.Shape} and {targets.Shape} differ.");
        using IDisposable arithmetic = Arithmetic.Use(Arithmetic.Current.Loss);
        return (logits.Relu() - (logits * targets) + ((-logits.Abs()).Exp() + 1f).Log()).ReduceMean();
    }

    private static Tensor Targets(Tensor labels, Shape shape, float smoothing, DType type)
    {
        int classes = shape[1];
        float[] t = new float[shape.Length];
        Array.Fill(t, smoothing / classes);
        long[] of = labels.ToArray<long>();
        for (int i = 0; i < of.Length; i++)
        {
            Ensure.Shape(of[i] >= 0 && of[i] < classes, $"CrossEntropy: label {of[i]} of row {i} is outside 0…{classes - 1}.");
            t[(i * classes) + (int)of[i]] += 1 - smoothing;
        }
        Tensor targets = Tensor.From(t, shape);
        return type == DType.Float32 ? targets : targets.Cast(type);
    }
}
