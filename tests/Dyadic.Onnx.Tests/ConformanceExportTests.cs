using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>What is imported of the standard's backend cases, written again: for ONNX Runtime and for the standard's checker.</summary>
public class ConformanceExportTests
{
    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData, Fixture.OnnxRuntime)]
    public void Onnx_runtime_computes_the_same_from_what_is_written()
    {
        List<string> wrong = [], refused = [];
        foreach ((ConformanceCase c, Graph graph, Tensor[] inputs, byte[] bytes) in Exported(OnnxExportOptions.MaxOpset))
        {
            if (graph.Nodes.Any(n => n.Op is RandomLike)) continue;        // its numbers are others
            if (graph.Inputs.Concat(graph.Outputs).Any(v => v.Type.Type == DType.String)) continue;        // the peer is fed numbers alone
            try
            {
                using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(bytes, 1, PeerOptimization.Off);
                Tensor[] expected = new GraphInterpreter(graph).Run(inputs);
                PeerTensor[] actual = session.Run([.. inputs.Select((t, i) => Samples.ToPeer(graph.Inputs[i].Name, t))]);
                for (int i = 0; i < expected.Length; i++)
                    if (ConformanceCase.Difference(expected[i], Samples.OfPeer(actual[i])) is { } difference) wrong.Add($"{c.Name} output {i}: {difference}");
            }
            catch (OnnxRuntimeException e)
            {
                refused.Add($"{c.Name}: {Short(e.Message)}");
            }
        }
        Golden.Check("onnx-peer-refuses.txt", string.Join('\n', refused) + '\n');
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n{string.Join('\n', wrong)}");
    }

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData, Fixture.PythonOnnx)]
    public void The_checker_of_the_standard_finds_nothing_in_what_is_written()
    {
        StandardChecker.FindsNothing(Exported(StandardChecker.Opset).Select(e => (e.Case.Name.Replace('/', '-'), e.Bytes)));
    }

    // The first data set of each case that can be imported, and written at an operator set.
    private static IEnumerable<(ConformanceCase Case, Graph Graph, Tensor[] Inputs, byte[] Bytes)> Exported(int opset)
    {
        foreach (ConformanceCase c in ConformanceCase.All())
        {
            (Graph, Tensor[], byte[])? written = null;
            try
            {
                (Graph graph, Tensor[] inputs, _) = c.Load().First();
                written = (graph, inputs, OnnxModel.ToBytes(graph, new() { Opset = opset }));
            }
            catch (Exception e) when (e is OnnxException or ImportRefusal or ShapeException)
            {
                // What is refused is listed elsewhere.
            }
            if (written is var (g, x, bytes)) yield return (c, g, x, bytes);
        }
    }

    // Without the version, and what it was doing.
    private static string Short(string message) => message.ReplaceLineEndings(" ").Split(": ", 3)[^1];
}
