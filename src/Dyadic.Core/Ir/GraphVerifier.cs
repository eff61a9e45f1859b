namespace Dyadic.Ir;

/// <summary>Checks that a graph is well formed.</summary>
internal static class GraphVerifier
{
    public static void Verify(Graph graph)
    {
        HashSet<Value> defined = [.. graph.Inputs];
        HashSet<string> valueNames = [], nodeNames = [];
        foreach (Value input in graph.Inputs) Ensure.Argument(valueNames.Add(input.Name), $"Graph '{graph.Name}': two values are named '{input.Name}'.");
        foreach (Node node in graph.Nodes)
        {
            Ensure.Argument(nodeNames.Add(node.Name), $"Graph '{graph.Name}': two nodes are named '{node.Name}'.");
            foreach (Value input in node.Inputs)
            {
                if (input.IsConstant && defined.Add(input))
                    Ensure.Argument(valueNames.Add(input.Name), $"Graph '{graph.Name}': two values are named '{input.Name}'.");
                Ensure.Argument(defined.Contains(input), $"Graph '{graph.Name}': node '{node.Name}' reads '{input.Name}' before it is defined.");
            }
            foreach (Value output in node.Outputs)
            {
                Ensure.Argument(defined.Add(output), $"Graph '{graph.Name}': '{output.Name}' is defined twice.");
                Ensure.Argument(valueNames.Add(output.Name), $"Graph '{graph.Name}': two values are named '{output.Name}'.");
            }
        }
        foreach (Value output in graph.Outputs)
            Ensure.Argument(output.IsConstant || defined.Contains(output), $"Graph '{graph.Name}': output '{output.Name}' is never defined.");
    }
}
