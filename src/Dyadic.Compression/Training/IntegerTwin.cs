using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Compression.Training;

/// <summary>The integer plan beside a network that is trained, made again whenever its numbers have changed.</summary>
internal sealed class IntegerTwin(QuantizedParts parts)
{
    private readonly Value[] _codes = [.. parts.Graph.Nodes.Where(n => n.Op is QuantizeLinear).Select(n => n.Output)];
    private (float[][] Numbers, string Sizes, Session Session)? _kept;      // for outputs

    /// <summary>The codes of every Quantize for inputs in the graph's order.</summary>
    public Dictionary<Value, Tensor> Codes(IReadOnlyDictionary<Node, Tensor> weights, Tensor[] inputs)
    {
        Graph graph = parts.Deployed(weights);
        Tensor[] found = SessionOf(new(graph.Name, graph.Inputs, _codes, graph.Nodes), inputs).Run(CodeInputs(inputs));
        return _codes.Zip(found).ToDictionary(p => p.First, p => p.Second);
    }

    /// <summary>The outputs of the plan as it is deployed, in real numbers.</summary>
    public Tensor[] Outputs(IReadOnlyDictionary<Node, Tensor> weights, Tensor[] inputs)
    {
        Tensor[] all = [.. parts.Constants.Select(c => c.Value), .. parts.AllScales.Select(s => s.Scale)];
        float[][] numbers = Array.ConvertAll(all, t => t.Detach().ToArray<float>());
        string sizes = string.Join(';', inputs.Select(t => t.Shape.With(0, 0)));
        if (_kept is not { } kept || kept.Sizes != sizes || !kept.Numbers.Zip(numbers).All(p => p.First.AsSpan().SequenceEqual(p.Second)))
            _kept = kept = (numbers, sizes, SessionOf(parts.Deployed(weights), inputs));
        return [.. kept.Session.Run(CodeInputs(inputs)).Select((t, i) => parts.RealOutput(i, t))];
    }

    private Tensor[] CodeInputs(Tensor[] inputs) => [.. inputs.Select((t, i) => parts.CodeInput(i, t))];

    // A plan of any batch where the graph allows it, else of this one.
    private static Session SessionOf(Graph graph, Tensor[] inputs)
    {
        Dictionary<string, int> sizes = [];
        for (int i = 0; i < inputs.Length; i++)
            for (int d = 1; d < inputs[i].Rank; d++)
                if (graph.Inputs[i].Shape[d] is { IsKnown: false } dim) sizes[dim.ToString()] = inputs[i].Shape[d].Size;
        try
        {
            return new(graph.Compile(new() { Sizes = sizes }), Door.Mode);
        }
        catch (PlanException) when (inputs.Length > 0 && inputs[0].Rank > 0)
        {
            return new(graph.Compile(new() { Sizes = sizes, Batch = inputs[0].Shape[0].Size }), Door.Mode);
        }
    }
}
