using Dyadic.Arithmetics;
using Dyadic.Runtime;

namespace Dyadic.Ir;

/// <summary>
/// Runs a graph node by node through the door, in the current <see cref="Arithmetic"/>: the slow truth that plans are tested against.
/// Values are let go after their last use. Constants whose <c>RequiresGrad</c> is set are trainable: the tape records the run.
/// </summary>
/// <remarks>Immutable; may be used from many threads.</remarks>
public sealed class GraphInterpreter
{
    private readonly Graph _graph;
    private readonly Dictionary<Value, int> _slots = [];
    private readonly List<int>[] _lastUses;   // by node: the slots that nobody reads afterwards

    /// <summary>An interpreter of <paramref name="graph"/>.</summary>
    public GraphInterpreter(Graph graph)
    {
        _graph = graph;
        foreach (Value v in graph.Inputs.Concat(graph.Nodes.SelectMany(n => n.Outputs))) _slots.Add(v, _slots.Count);
        _lastUses = [.. graph.Nodes.Select(_ => new List<int>())];
        HashSet<Value> seen = [.. graph.Outputs];
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            foreach (Value v in graph.Nodes[i].Inputs.Concat(graph.Nodes[i].Outputs))
                if (!v.IsConstant && seen.Add(v)) _lastUses[i].Add(_slots[v]);
        }
    }

    /// <summary>The outputs by name.</summary>
    /// <param name="inputs">One tensor for each input of the graph, by name.</param>
    /// <param name="observe">Hears of every value computed, in order; it must not keep the tensor longer than it needs it.</param>
    /// <param name="budget">What the run may use; inside of another run its, else <see cref="RunBudget.Current"/>, unless given.</param>
    /// <param name="cancellation">Stops it between two nodes.</param>
    /// <exception cref="ArgumentException">An input is missing or unknown.</exception>
    /// <exception cref="ShapeException">An input's type or shape is not the declared one, or a symbol stands for two sizes.</exception>
    /// <exception cref="BudgetException">The run exceeds the budget.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Dictionary<string, Tensor> Run(
        IReadOnlyDictionary<string, Tensor> inputs, Action<Value, Tensor>? observe = null, RunBudget? budget = null, CancellationToken cancellation = default)
    {
        var ordered = new Tensor[_graph.Inputs.Count];
        for (int i = 0; i < ordered.Length; i++)
        {
            Ensure.Argument(
                inputs.TryGetValue(_graph.Inputs[i].Name, out Tensor? tensor),
                $"Graph '{_graph.Name}': input '{_graph.Inputs[i].Name}' is missing. Given: {string.Join(", ", inputs.Keys)}.");
            ordered[i] = tensor!;
        }
        Ensure.Argument(
            inputs.Count == ordered.Length,
            $"Graph '{_graph.Name}': {inputs.Count} inputs were given. It has {string.Join(", ", _graph.Inputs.Select(v => v.Name))}.");
        Tensor[] outputs = Run(ordered, observe, budget, cancellation);
        Dictionary<string, Tensor> named = [];
        for (int i = 0; i < outputs.Length; i++) named[_graph.Outputs[i].Name] = outputs[i];
        return named;
    }

    /// <summary>The outputs in the graph's order, for inputs in its order.</summary>
    /// <inheritdoc cref="Run(IReadOnlyDictionary{string, Tensor}, Action{Value, Tensor}, RunBudget, CancellationToken)"/>
    public Tensor[] Run(ReadOnlySpan<Tensor> inputs, Action<Value, Tensor>? observe = null, RunBudget? budget = null, CancellationToken cancellation = default)
    {
        using RunMeter? meter = RunMeter.Begin(budget, cancellation);
        CheckInputs(inputs);
        var values = new Tensor?[_slots.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            values[i] = inputs[i];
            observe?.Invoke(_graph.Inputs[i], inputs[i]);
        }
        for (int i = 0; i < _graph.Nodes.Count; i++)
        {
            RunNode(_graph.Nodes[i], values, observe);
            foreach (int slot in _lastUses[i]) values[slot] = null;
        }
        return [.. _graph.Outputs.Select(v => Read(v, values))];
    }

    private void RunNode(Node node, Tensor?[] values, Action<Value, Tensor>? observe)
    {
        var inputs = new Tensor[node.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Read(node.Inputs[i], values);
        Tensor[] outputs = Door.Run(node.Op, inputs);
        for (int i = 0; i < outputs.Length; i++)
        {
            values[_slots[node.Outputs[i]]] = outputs[i];
            observe?.Invoke(node.Outputs[i], outputs[i]);
        }
    }

    private Tensor Read(Value value, Tensor?[] values) => value.Constant ?? values[_slots[value]]!;

    private void CheckInputs(ReadOnlySpan<Tensor> inputs)
    {
        Ensure.Argument(inputs.Length == _graph.Inputs.Count, $"Graph '{_graph.Name}' has {_graph.Inputs.Count} inputs, {inputs.Length} were given.");
        Dictionary<Dim, int> symbols = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            Value declared = _graph.Inputs[i];
            Tensor given = inputs[i];
            bool fits = given.Type == declared.Type.Type && given.Rank == declared.Shape.Rank;
            for (int axis = 0; fits && axis < given.Rank; axis++)
            {
                Dim dim = declared.Shape[axis];
                fits = dim.IsKnown ? dim == given.Shape[axis] : symbols.TryAdd(dim, given.Shape[axis]) || symbols[dim] == given.Shape[axis];
            }
            Ensure.Shape(fits, $"Graph '{_graph.Name}': input '{declared.Name}' is {declared.Type}, given was {given.TensorType}.");
        }
    }
}

/// <summary>Running a graph.</summary>
public static class GraphRunning
{
    extension(Graph graph)
    {
        /// <summary>The outputs by name, computed node by node. To run many times, keep a <see cref="GraphInterpreter"/>.</summary>
        /// <param name="inputs">One tensor for each input, by name.</param>
        /// <param name="budget">What the run may use; inside of another run its, else <see cref="RunBudget.Current"/>, unless given.</param>
        /// <param name="cancellation">Stops it between two nodes.</param>
        /// <exception cref="BudgetException">The run exceeds the budget.</exception>
        public Dictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs, RunBudget? budget = null, CancellationToken cancellation = default) =>
            new GraphInterpreter(graph).Run(inputs, null, budget, cancellation);
    }
}
