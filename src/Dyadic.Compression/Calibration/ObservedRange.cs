namespace Dyadic.Compression.Calibration;

/// <summary>What was observed of one value over all batches.</summary>
public sealed class ObservedRange
{
    private const float Constant = 0.01f;

    /// <summary>All values.</summary>
    public Histogram Histogram { get; } = new();

    /// <summary>The average of the batches' minima: m ← 0.99·m + 0.01·min, from the first one on.</summary>
    public float AverageMin { get; private set; }

    /// <summary>The average of the batches' maxima.</summary>
    public float AverageMax { get; private set; }

    /// <summary>Adds the values of one batch.</summary>
    public void Add(ReadOnlySpan<float> batch)
    {
        if (batch.IsEmpty) return;
        bool first = Histogram.Count == 0;
        Histogram.Add(batch);
        (float min, float max) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float x in batch) (min, max) = (Math.Min(min, x), Math.Max(max, x));
        AverageMin = first ? min : AverageMin + Constant * (min - AverageMin);
        AverageMax = first ? max : AverageMax + Constant * (max - AverageMax);
    }
}
