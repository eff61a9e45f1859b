using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Testing;

/// <summary>A graph written as text and read again.</summary>
public static class TextRoundTrip
{
    /// <summary>The graph that is read from the text of this one.</summary>
    public static Graph Of(Graph graph, GraphTextOptions? options = null)
    {
        options ??= new();
        return Graph.Parse(graph.ToText(options), options with { Constants = graph.TextConstants(options) });
    }

    /// <summary>What is different after a graph has been written and read again: its text, its hash, its constants, or its results bit by bit. Null for nothing.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">What both are fed, or null where they are not run.</param>
    public static string? Change(Graph graph, Tensor[]? inputs)
    {
        Graph back = Of(graph);
        string before = graph.ToText(), after = back.ToText();
        if (before != after) return $"\n{before}\nbecomes\n{after}";
        if (graph.TextHash() != back.TextHash()) return "the hash is another one";
        return Difference(graph, back, inputs);
    }

    /// <summary>The first constant or result of two graphs of one text that is not the same, bit by bit; null where there is none.</summary>
    public static string? Difference(Graph a, Graph b, Tensor[]? inputs)
    {
        foreach ((Value before, Value after) in a.Constants.Zip(b.Constants, (x, y) => (x, y)))
            if (!SameBits(before.Constant!, after.Constant!)) return $"the constant '{before.Name}' is another one";
        if (inputs is null) return null;
        using (Autograd.NoGrad())
        {
            Tensor[] expected = new GraphInterpreter(a).Run(inputs), actual = new GraphInterpreter(b).Run(inputs);
            return expected.Zip(actual).All(p => SameBits(p.First, p.Second)) ? null : "the results differ";
        }
    }

    /// <summary>True for tensors of one type and shape with the same bytes or strings.</summary>
    public static bool SameBits(Tensor a, Tensor b) => a.TensorType == b.TensorType &&
        (a.Type == DType.String ? a.ToStrings().SequenceEqual(b.ToStrings()) : a.ToBytes().AsSpan().SequenceEqual(b.ToBytes()));
}
