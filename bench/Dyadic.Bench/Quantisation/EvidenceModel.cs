using Dyadic.Ops;

namespace Dyadic.Bench.Quantisation;

/// <summary>Runs inputs by name and gives outputs in the model's order.</summary>
internal delegate Tensor[] Runner(IReadOnlyDictionary<string, Tensor> inputs);

/// <summary>What a model is worth on its data.</summary>
/// <param name="Value">In the unit of the model's metric.</param>
/// <param name="Count">Samples behind it.</param>
internal sealed record Judgement(double Value, int Count);

/// <summary>A trained network with data to calibrate and to judge it.</summary>
/// <param name="Name">Its name on the command line and in the table.</param>
/// <param name="Task">What it does, and on what it is judged.</param>
/// <param name="Metric">What is measured, such as top-1 in percent.</param>
internal sealed record EvidenceModel(string Name, string Task, string Metric)
{
    /// <summary>The file in float32, or null where it is absent.</summary>
    public required Func<string?> File { get; init; }

    /// <summary>Batches for the calibration, from samples that judge nothing. The name of an only input does not matter.</summary>
    public required Func<IReadOnlyList<IReadOnlyDictionary<string, Tensor>>> Calibration { get; init; }

    /// <summary>The score of what runs the network; the second is the network in float32, whose answers count where there are no labels.</summary>
    public required Func<Runner, Runner, Judgement> Judge { get; init; }

    /// <summary>True where the goals for classification models hold: points are percent of right answers.</summary>
    public bool IsClassifier { get; init; }

    /// <summary>False where a run takes microseconds, of which the call is a large part.</summary>
    public bool IsTimed { get; init; } = true;

    /// <summary>How to get the file.</summary>
    public string Get { get; init; } = "it lies in the folder of external data, see docs/models.md";

    /// <summary>One sample, for latency.</summary>
    public IReadOnlyDictionary<string, Tensor> One() => Calibration()[0].ToDictionary(p => p.Key, p => p.Value.Slice(0, 0, 1));

    public override string ToString() => Name;
}
