using System.Diagnostics;
using Dyadic.Ir;

namespace Dyadic.Passes;

/// <summary>Checks that every value has the type that its op infers.</summary>
internal static class GraphTypes
{
    /// <summary>Throws unless each node's outputs have the inferred types; symbolic dimensions match anything.</summary>
    [Conditional("DEBUG")]
    public static void Verify(Graph graph, string pass)
    {
        foreach (Node node in graph.Nodes)
        {
            TensorType[] inferred = node.Op.Infer([.. node.Inputs.Select(v => v.Type)]);
            for (int i = 0; i < inferred.Length; i++)
            {
                if (!Agrees(inferred[i], node.Outputs[i].Type))
                    throw new InvalidOperationException($"Pass {pass}: node '{node.Name}' infers {inferred[i]}, its output '{node.Outputs[i].Name}' says {node.Outputs[i].Type}.");
            }
        }
    }

    /// <summary>The same element type and rank, and no two known dimensions that differ.</summary>
    public static bool Agrees(TensorType a, TensorType b)
    {
        if (a.Type != b.Type || a.Shape.Rank != b.Shape.Rank) return false;
        for (int i = 0; i < a.Shape.Rank; i++)
            if (a.Shape[i].IsKnown && b.Shape[i].IsKnown && a.Shape[i] != b.Shape[i]) return false;
        return true;
    }
}
