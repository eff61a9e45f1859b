namespace Dyadic.Bench.RealModels;

/// <summary>What was measured of one published network; kept as JSON, so that networks can be measured a few at a time.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Task">What it does.</param>
/// <param name="Size">The size of the input as the catalogue counts it; 0 where it has only one.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Operators">Nodes of each kind, the most frequent first.</param>
/// <param name="Difference">The largest difference from ONNX Runtime, as a share of an output's range.</param>
/// <param name="Float">The file as it is.</param>
/// <param name="Integer">The network quantised; null where the file is already, and where that was not measured.</param>
/// <param name="Refusal">Why it was not quantised.</param>
internal sealed record RealModelRow(
    string Name, string Task, int Size, long Bytes, IReadOnlyList<KeyValuePair<string, int>> Operators, double Difference, IReadOnlyList<EngineTimes> Float, QuantizedTimes? Integer, string? Refusal)
{
    /// <summary>Nothing is known of the network yet.</summary>
    public static RealModelRow Nothing { get; } = new("", "", 0, 0, [], 0, [], null, null);
}

/// <summary>Medians of one network on a number of threads, batch 1.</summary>
/// <param name="Threads">Threads.</param>
/// <param name="Ms">Milliseconds of a run.</param>
/// <param name="PeerMs">Those of ONNX Runtime.</param>
/// <param name="Share">Ours as a share of the peer's: the median over rounds of the quotient.</param>
/// <param name="OpenMs">Milliseconds from the file to a session.</param>
/// <param name="PeerOpenMs">Those of ONNX Runtime.</param>
internal sealed record EngineTimes(int Threads, double Ms, double PeerMs, double Share, double OpenMs, double PeerOpenMs);

/// <summary>A network quantised by <c>dyadic quantize</c> with its defaults.</summary>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Integers">Nodes that run in integers.</param>
/// <param name="Nodes">All nodes that run.</param>
/// <param name="Answers">The share of samples with the answer of the float network; null where the output is a signal.</param>
/// <param name="SqnrDb">10·log₁₀(Σa²/Σ(a − b)²) of the first output, a that of the float network, over all samples.</param>
/// <param name="Samples">How many samples.</param>
/// <param name="Times">Latency, both engines on the quantised file.</param>
internal sealed record QuantizedTimes(long Bytes, int Integers, int Nodes, double? Answers, double SqnrDb, int Samples, IReadOnlyList<EngineTimes> Times);
