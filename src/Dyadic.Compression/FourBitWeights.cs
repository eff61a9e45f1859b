using Dyadic.Compression.Layers;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>The last step of a quantisation: weights whose codes have at most 4 bits become the Int4 of ONNX, of which files hold two in a byte.</summary>
/// <remarks>Methods choose codes as Int8; the codes are the same before and after. Tables of embeddings have 8 bits and stay.</remarks>
internal static class FourBitWeights
{
    /// <summary>The most bits that Int4 holds.</summary>
    public const int Bits = 4;

    /// <summary>The graph with Int4 codes where the configuration of a node says so.</summary>
    /// <param name="quantised">With all codes chosen.</param>
    /// <param name="writer">Knows which node became which.</param>
    /// <param name="scoped">The bits of each.</param>
    public static Graph Packed(Graph quantised, QdqWriter writer, ScopedConfig scoped)
    {
        if (!scoped.Config.Packed) return quantised;
        Dictionary<(Node Node, int Input), Tensor> changes = [];
        foreach (Node node in writer.Weights.Keys.Where(n => n.Op is not Gather && scoped.Of(n).Bits <= Bits))
        {
            Node dequantize = quantised.ProducerOf(writer.Written[node].Inputs[1])!;
            foreach (int input in (int[])[0, 2]) changes[(dequantize, input)] = dequantize.Inputs[input].Constant!.Cast(DType.Int4);
        }
        return changes.Count == 0 ? quantised : ConstantEdit.With(quantised, changes);
    }
}
