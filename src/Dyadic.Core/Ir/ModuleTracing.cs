using Dyadic.Nn;

namespace Dyadic.Ir;

/// <summary>From a module to a graph.</summary>
public static class ModuleTracing
{
    extension(Module module)
    {
        /// <summary>The graph of the module's inference pass. Its first dimension is the batch, named N.</summary>
        /// <remarks>
        /// The pass is traced for batches of 2 and of 3, which must give the same ops: what a forward pass computes from <c>x.Shape[0]</c>
        /// would otherwise stay in the graph as a literal. Keep the batch with a 0 in <c>Reshape</c>.
        /// </remarks>
        /// <param name="sampleShape">Shape of one sample, without the batch.</param>
        /// <param name="name">The graph's name.</param>
        /// <param name="inputName">The input's name.</param>
        /// <param name="outputName">The output's name.</param>
        /// <param name="inputType">The input's element type.</param>
        /// <exception cref="ShapeException">The ops depend on the size of the batch.</exception>
        public Graph Trace(Shape sampleShape, string name = "model", string inputName = "input", string outputName = "logits", DType inputType = DType.Float32) =>
            module.Trace([(inputName, new(inputType, sampleShape))], x => [module.Forward(x[0])], [outputName], name);

        /// <summary>The graph of an inference pass with several inputs or outputs, all with the batch N first.</summary>
        /// <param name="inputs">Name, and type and shape of one sample, of each input.</param>
        /// <param name="forward">The pass: from the inputs to the outputs. It sees zeros.</param>
        /// <param name="outputNames">The outputs' names.</param>
        /// <param name="name">The graph's name.</param>
        /// <exception cref="ShapeException">The ops depend on the size of the batch.</exception>
        public Graph Trace(IReadOnlyList<(string Name, TensorType Sample)> inputs, Func<Tensor[], Tensor[]> forward, string[] outputNames, string name = "model")
        {
            Dictionary<Tensor, string> names = new(ReferenceEqualityComparer.Instance);
            foreach ((string path, Tensor tensor) in module.State()) names[tensor] = path;
            using IDisposable evaluating = module.Evaluating();
            Graph Of(int batch) => GraphTracer.Trace(
                name, forward, [.. inputs.Select(i => Tensor.Zeros([batch, .. i.Sample.Shape], i.Sample.Type))], [.. inputs.Select(i => i.Name)], outputNames, names);
            Graph graph = Of(2);
            RequireSameOps(graph, Of(3));
            return graph;
        }
    }

    private static void RequireSameOps(Graph two, Graph three)
    {
        Ensure.Shape(
            two.Nodes.Count == three.Nodes.Count,
            $"Trace: '{two.Name}' takes {two.Nodes.Count} ops for a batch of 2 and {three.Nodes.Count} for 3. A graph holds one sequence of ops for all batches.");
        for (int i = 0; i < two.Nodes.Count; i++)
        {
            (Node a, Node b) = (two.Nodes[i], three.Nodes[i]);
            Ensure.Shape(a.Op.Equals(b.Op), $"Trace: node {i} of '{two.Name}' is {a.Op} for a batch of 2 and {b.Op} for 3. Keep the batch with 0 or −1 instead of its size.");
            bool same = a.Inputs.Zip(b.Inputs).All(p => p.First.IsConstant == p.Second.IsConstant && (!p.First.IsConstant || p.First.Type == p.Second.Type));
            Ensure.Shape(same, $"Trace: node {i} of '{two.Name}', {a.Op}, reads a constant whose shape follows the batch. Let it have size 1 there.");
        }
    }
}
