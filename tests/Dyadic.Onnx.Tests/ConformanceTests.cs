using System.Text;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>The backend cases of the standard (ONNX 1.12, opset 17): those that pass are listed, and stay passing.</summary>
public class ConformanceTests
{
    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData)]
    public void The_cases_that_pass_are_those_of_the_list()
    {
        List<string> passing = [];
        StringBuilder failing = new();
        ConformanceTable table = new();
        foreach (ConformanceCase c in ConformanceCase.All())
        {
            string? reason = Failure(c);
            table.Add(c, reason);
            if (reason is null) passing.Add(c.Name);
            else failing.Append(c.Name).Append(": ").AppendLine(reason);
        }
        if (Environment.GetEnvironmentVariable("DYADIC_ONNX_FAILING") is { Length: > 0 } path) File.WriteAllText(path, failing.ToString());
        Documentation.Check("conformance", table.ToString());
        Golden.Check("onnx-passing.txt", string.Join('\n', passing) + '\n');
    }

    // The other half of it, what is written before the standard's checker and in ONNX Runtime, is ConformanceExportTests.
    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData)]
    public void Import_export_import_is_the_identity_on_the_text()
    {
        HashSet<string> refused = [];
        int graphs = Each((graph, inputs) => Change(graph, inputs, refused));
        Assert.InRange(graphs, 900, int.MaxValue);
        Assert.Equal(["BatchNormalizationTraining", "Dropout", "MaxPoolIndices", "PlaneScatter"], refused.Order(StringComparer.Ordinal));      // ops without an operator
    }

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData)]
    public void Each_graph_is_read_from_its_text_and_gives_the_same_bits() => Assert.InRange(Each(TextRoundTrip.Change), 900, int.MaxValue);

    // Each graph that can be imported, with what it is fed; the number of them.
    private static int Each(Func<Graph, Tensor[], string?> change)
    {
        List<string> wrong = [];
        int graphs = 0;
        foreach (ConformanceCase c in ConformanceCase.All())
        {
            try
            {
                foreach ((Graph graph, Tensor[] inputs, _) in c.Load())
                {
                    if (change(graph, inputs) is { } what) wrong.Add($"{c.Name}: {what}");
                    graphs++;
                }
            }
            catch (Exception e) when (e is OnnxException or ImportRefusal or ShapeException)
            {
                // What is refused is listed elsewhere.
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n{string.Join('\n', wrong)}");
        return graphs;
    }

    // What is different after a graph has been written and read again: its text, its hash, or its results, bit by bit.
    private static string? Change(Graph graph, Tensor[] inputs, HashSet<string> refused)
    {
        byte[] bytes;
        try
        {
            bytes = OnnxModel.ToBytes(graph, new() { Opset = OnnxExportOptions.MaxOpset });
        }
        catch (OnnxException e) when (e.Problems.All(p => p.Reason == "no operator of ONNX"))
        {
            refused.UnionWith(e.Problems.Select(p => p.Operator));
            return null;
        }
        OnnxModel back = OnnxModel.Import(bytes);
        if (graph.ToText() != back.Graph.ToText()) return $"\n{graph}\nbecomes\n{back.Graph}";
        if (back.Hash != graph.TextHash()) return $"the file says that its hash is {back.Hash}, it is {graph.TextHash()}";
        return TextRoundTrip.Difference(graph, back.Graph, inputs);
    }

    // Null when every data set of the case is reproduced.
    private static string? Failure(ConformanceCase c)
    {
        try
        {
            foreach ((Graph graph, Tensor[] inputs, Tensor[] expected) in c.Load())
            {
                Tensor[] outputs = new GraphInterpreter(graph).Run(inputs);
                if (outputs.Length != expected.Length) return $"{outputs.Length} outputs, {expected.Length} are expected";
                for (int i = 0; i < outputs.Length; i++)
                    if (ConformanceCase.Difference(expected[i], outputs[i]) is { } reason) return $"output {i}: {reason}";
            }
            return null;
        }
        catch (OnnxException e) when (e.Problems.Count > 0)
        {
            return string.Join("; ", e.Problems.Select(p => p.Reason).Distinct());
        }
        catch (Exception e) when (e is OnnxException or ShapeException or ImportRefusal or Runtime.PlanException or ArgumentException)
        {
            return e.Message;
        }
    }
}
