using Dyadic.Nn;

namespace Dyadic.Ir;

/// <summary>From a module to a graph.</summary>
public static class ModuleTracing
{
    extension(Module module)
    {
        /// <summary>The graph of the module's inference pass. Its first dimension is the batch, named N.</summary>
        /// <param name="sampleShape">Shape of one sample, without the batch.</param>
        /// <param name="name">The graph's name.</param>
        /// <param name="inputName">The input's name.</param>
        /// <param name="outputName">The output's name.</param>
        /// <param name="inputType">The input's element type.</param>
        public Graph Trace(Shape sampleShape, string name = "model", string inputName = "input", string outputName = "logits", DType inputType = DType.Float32)
        {
            Dictionary<Tensor, string> names = new(ReferenceEqualityComparer.Instance);
            foreach ((string path, Tensor tensor) in module.State()) names[tensor] = path;
            int[] dims = [2, .. sampleShape.ToArray()];
            bool wasTraining = module.IsTraining;
            module.Eval();
            try
            {
                return GraphTracer.Trace(name, x => [module.Forward(x[0])], [Tensor.Zeros(Shape.Of(dims), inputType)], [inputName], [outputName], names);
            }
            finally
            {
                if (wasTraining) module.Train();
            }
        }
    }
}
