using System.Text.Json.Serialization;

namespace Dyadic.Runs;

/// <summary>What a trainer knows beside its tensors.</summary>
internal sealed class TrainingState
{
    public long Step { get; set; }

    public double Seconds { get; set; }

    /// <summary>Sums over the current epoch.</summary>
    public double LossSum { get; set; }

    public long Correct { get; set; }

    public long Seen { get; set; }

    public List<Metric> Metrics { get; set; } = [];

    [JsonIgnore]
    public bool IsValid => Step >= 0 && Seen >= 0 && Correct >= 0 && !Metrics.Contains(null!);

    /// <summary>Counts one step of <paramref name="samples"/> samples.</summary>
    public void Count(double loss, int correct, int samples)
    {
        Step++;
        LossSum += loss * samples;
        Correct += correct;
        Seen += samples;
    }

    /// <summary>Turns the sums into metrics of epoch <paramref name="epoch"/> and clears them.</summary>
    public void FinishEpoch(int epoch)
    {
        Metrics.Add(new("loss", epoch, LossSum / Seen));
        Metrics.Add(new("trainAccuracy", epoch, (double)Correct / Seen));
        (LossSum, Correct, Seen) = (0, 0, 0);
    }
}
