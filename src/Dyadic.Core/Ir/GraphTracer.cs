using Dyadic.Arithmetics;

namespace Dyadic.Ir;

/// <summary>Records the ops that pass the door while a function runs, as a graph.</summary>
public static class GraphTracer
{
    /// <summary>The graph of <paramref name="function"/>, with the leading dimension of every input named <paramref name="batch"/>.</summary>
    /// <param name="name">The name of the graph.</param>
    /// <param name="function">Runs on the samples; what it does with literal batch sizes (Reshape(32, −1)) cannot be generalised and is refused.</param>
    /// <param name="samples">One tensor for each input, with a batch of at least 2 when <paramref name="batch"/> is given.</param>
    /// <param name="inputNames">Names of the inputs.</param>
    /// <param name="outputNames">Names of the outputs.</param>
    /// <param name="constantNames">Names of known tensors (parameters and buffers); others are named const.</param>
    /// <param name="batch">The symbol of the leading dimension, or null for fixed shapes.</param>
    public static Graph Trace(
        string name, Func<Tensor[], Tensor[]> function, Tensor[] samples, string[] inputNames, string[] outputNames,
        IReadOnlyDictionary<Tensor, string>? constantNames = null, string? batch = "N")
    {
        Recorder recorder = new(name, constantNames);
        for (int i = 0; i < samples.Length; i++)
        {
            Shape shape = batch is null || samples[i].Rank == 0 ? samples[i].Shape : samples[i].Shape.With(0, Dim.Symbol(batch));
            recorder.Input(samples[i], inputNames[i], new(samples[i].Type, shape));
        }
        ITracer? former = Door.Tracer;
        Door.Tracer = recorder;
        try
        {
            using (GradMode.Set(false)) return recorder.Finish(function(samples), outputNames);
        }
        finally
        {
            Door.Tracer = former;
        }
    }

    private sealed class Recorder(string name, IReadOnlyDictionary<Tensor, string>? constantNames) : ITracer
    {
        private readonly GraphBuilder _builder = new(name);
        private readonly List<(string Name, bool IsLeaf)> _parts = [];
        private readonly HashSet<string> _leaves = [];
        private readonly Dictionary<Tensor, Value> _values = new(ReferenceEqualityComparer.Instance);

        public void Input(Tensor sample, string inputName, TensorType type) => _values[sample] = _builder.Input(inputName, type);

        public void Record(Op op, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs)
        {
            var values = new Value[inputs.Length];
            for (int i = 0; i < values.Length; i++) values[i] = ValueOf(inputs[i]);
            Node node = _builder.AddNode(NameOf(op), op, values, null);
            for (int i = 0; i < outputs.Length; i++) _values[outputs[i]] = node.Outputs[i];
        }

        public void Enter(string part, bool isLeaf) => _parts.Add((part, isLeaf));

        public void Leave() => _parts.RemoveAt(_parts.Count - 1);

        // The path of the module that applies the op; followed by the op where the module has parts of its own or applies several ops.
        private string NameOf(Op op)
        {
            if (_parts.Count == 0) return op.Name;
            string path = string.Join('.', _parts.Select(p => p.Name));
            return _parts[^1].IsLeaf && _leaves.Add(path) ? path : $"{path}.{op.Name}";
        }

        public Graph Finish(Tensor[] results, string[] outputNames)
        {
            foreach (Tensor result in results) _builder.Output(ValueOf(result));
            return GraphNames.RenameOutputs(_builder.Build(), outputNames);
        }

        private Value ValueOf(Tensor tensor)
        {
            if (_values.TryGetValue(tensor, out Value? value)) return value;
            string known = constantNames is not null && constantNames.TryGetValue(tensor, out string? given) ? given : "const";
            return _values[tensor] = _builder.Constant(known, tensor.Detach());
        }
    }
}
