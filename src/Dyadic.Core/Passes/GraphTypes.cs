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
                if (!inferred[i].Agrees(node.Outputs[i].Type))
                    throw new InvalidOperationException($"Pass {pass}: node '{node.Name}' infers {inferred[i]}, its output '{node.Outputs[i].Name}' says {node.Outputs[i].Type}.");
            }
        }
    }
}
