namespace Dyadic.Bench.Quantisation;

/// <summary>What was measured of one network in one way.</summary>
/// <param name="Model">The network.</param>
/// <param name="Method">float, or a method.</param>
/// <param name="Width">W8A8, W4A8, or float32.</param>
/// <param name="Engine">dyadic or onnxruntime.</param>
/// <param name="Value">The score.</param>
/// <param name="Count">Samples behind it.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Integers">Nodes in integers; the edges' Quantize and Dequantize are not counted.</param>
/// <param name="Nodes">All nodes that run.</param>
/// <param name="Latency">Of the float plan's latency, one sample on one thread; null where it was not measured.</param>
/// <param name="OfPeer">Of the peer's latency on the same file.</param>
/// <param name="Seconds">Seconds to quantise and to judge.</param>
/// <param name="Problem">Why there is no score, or null.</param>
internal sealed record EvidenceRow(
    string Model, string Method, string Width, string Engine, double? Value, int Count, long Bytes, int Integers, int Nodes, double? Latency, double? OfPeer, double Seconds, string? Problem = null)
{
    /// <summary>True when every node runs in integers.</summary>
    public bool IsIntegerOnly => Nodes > 0 && Integers == Nodes;
}
