namespace Dyadic.Compression.Training;

/// <summary>Where the scales of activations come from while a quantised network is trained.</summary>
public enum RangeTraining
{
    /// <summary>They stay as calibrated.</summary>
    Frozen,

    /// <summary>From minima and maxima of the batches, averaged exponentially.</summary>
    MovingAverage,

    /// <summary>By gradients, as weights are.</summary>
    Learned,
}

/// <summary>How a quantised network is trained.</summary>
/// <param name="Exact">
/// Each forward pass runs the integer plan, and training sees its codes: what is trained is what is deployed, bit for bit. Else floating point stands for it, which is
/// faster and differs where a sum lies near the middle between two codes, and by the errors of integer functions.
/// </param>
/// <param name="LearnWeightScales">Scales of weights are trained too; else they follow the greatest weight of each channel.</param>
/// <param name="Ranges">Where the scales of activations come from.</param>
/// <param name="LearnOffsets">With <see cref="RangeTraining.Learned"/>: zero points are trained too, where there are any.</param>
/// <param name="DistillShare">α in [0, 1]: the loss is 1 − α of the cross-entropy with labels and α of the distance from the float network (<see cref="Nn.Losses.Distillation"/>).</param>
/// <param name="Temperature">T of that distance.</param>
/// <param name="RangeMomentum">Of the moving average: range ← momentum·range + (1 − momentum)·that of the batch.</param>
/// <remarks>
/// Scales are trained as their logarithms, so that they stay positive (Jain et al. 2020, TQT, §3.1), with the gradient of LSQ (Esser et al. 2020), divided by √(n·Q) for n values and Q codes on
/// a side.
/// </remarks>
public sealed record QatOptions(
    bool Exact = true, bool LearnWeightScales = true, RangeTraining Ranges = RangeTraining.Learned, bool LearnOffsets = false,
    double DistillShare = 0, double Temperature = 2, double RangeMomentum = 0.95)
{
    internal void Check()
    {
        if (RangeMomentum is not (>= 0 and < 1)) throw new CompressionException($"training: a momentum of ranges of {RangeMomentum} is not possible. Use at least 0 and less than 1.");
        if (DistillShare is not (>= 0 and <= 1)) throw new CompressionException($"training: a share of distillation of {DistillShare} is not possible. Use 0 to 1.");
        if (!(Temperature > 0) || !double.IsFinite(Temperature)) throw new CompressionException($"training: a temperature of {Temperature} is not possible. Use a number above 0, such as 2.");
        if (LearnOffsets && Ranges != RangeTraining.Learned) throw new CompressionException($"training: offsets are learned, but ranges are {Ranges}. Learn both, or leave the offsets.");
    }
}
