using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Onnx.Mapping;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>Every row of the table of ops through a file and back, through the standard's checker and through ONNX Runtime.</summary>
public class OpRoundTripTests
{
    public static TheoryData<int> Opsets => [13, 17, 18, 21];

    [Theory, MemberData(nameof(Opsets))]
    public void Every_row_computes_the_same_after_export_and_import(int opset)
    {
        List<string> wrong = [];
        foreach ((string name, Graph graph, Tensor[] inputs, byte[] bytes) in Samples.Exported(opset))
        {
            Tensor[] expected = new GraphInterpreter(graph).Run(inputs), actual = new GraphInterpreter(OnnxModel.Import(bytes, null, name).Graph).Run(inputs);
            for (int i = 0; i < expected.Length; i++)
                if (Samples.Distance(expected[i], actual[i]) is > 2e-6 and var d) wrong.Add($"{name} output {i}: {expected[i].TensorType}, {actual[i].TensorType}, {d}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_row_says_the_hash_of_what_is_read_from_it()
    {
        foreach ((string name, _, _, byte[] bytes) in Samples.Exported(17))
        {
            OnnxModel model = OnnxModel.Import(bytes, null, name);
            Assert.True(model.Hash == model.Graph.TextHash(), name);
        }
    }

    [Fact]
    public void Every_op_has_a_rule_or_is_for_training_only() => Assert.Equal(
        Samples.TrainingOnly.Order(StringComparer.Ordinal),
        OpCases.All.Where(c => RuleBook.Export(c.Op) is null).Select(c => c.Op.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Operator_sets_without_a_feature_are_named()
    {
        foreach (int opset in (int[])[13, 17, 18])
            Assert.True(Samples.Exported(opset).Count() <= Samples.Exported(21).Count());
        Assert.Equal(OpCases.All.Count(c => RuleBook.Export(c.Op) is not null), Samples.Exported(21).Count());
    }

    [FixtureFact(Fixture.PythonOnnx)]
    public void The_checker_of_the_standard_finds_nothing()
    {
        StandardChecker.FindsNothing(((int[])[13, 15, StandardChecker.Opset]).SelectMany(opset => Samples.Exported(opset)
            .Where(e => !StartsInPadding(e.Graph.Nodes[0].Op)).Select(e => ($"{e.Name}_{opset}", e.Bytes))
            .Append(($"network_{opset}", OnnxModel.ToBytes(Samples.Network(), new() { Opset = opset })))));
    }

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.OnnxRuntime), MemberData(nameof(Opsets))]
    public void Onnx_runtime_computes_the_same(int opset)
    {
        List<string> wrong = [];
        foreach ((string name, Graph graph, Tensor[] inputs, byte[] bytes) in Samples.Exported(opset))
        {
            if (graph.Nodes[0].Op is RandomLike) continue;        // its numbers are others
            try
            {
                Compare(name, graph, inputs, bytes, wrong);
            }
            catch (OnnxRuntimeException e)
            {
                wrong.Add($"{name}: {e.Message.Split('\n')[0]}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void A_network_with_a_symbolic_batch_runs_at_any_batch()
    {
        Graph graph = Samples.Network();
        foreach (int opset in (int[])[13, 17, 21])
        {
            byte[] bytes = OnnxModel.ToBytes(graph, new() { Opset = opset });
            Graph back = OnnxModel.Import(bytes).Graph;
            Assert.Equal("[N, 5]", back.Outputs[0].Shape.ToString());
            using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(bytes);
            Assert.Equal([-1, 3, 8, 8], session.Inputs[0].Dims);
            foreach (int batch in (int[])[1, 7])
            {
                Tensor x = Dyadic.Tensor.Normal(Shape.Of(batch, 3, 8, 8), new(3));
                Tensor expected = new GraphInterpreter(graph).Run([x])[0];
                Assert.InRange(Samples.Distance(expected, new GraphInterpreter(back).Run([x])[0]), 0, 2e-6);
                Assert.InRange(Samples.Distance(expected, Samples.OfPeer(session.Run(Samples.ToPeer("image", x))[0])), 0, 1e-5);
            }
        }
    }

    // The installed checker still counts a last window that lies in the padding altogether; later standards, ONNX Runtime and PyTorch do not.
    private static bool StartsInPadding(Op op) => op is MaxPool { CeilMode: true, Pads: [_, _, _, > 0] } or AveragePool { CeilMode: true, Pads: [_, _, _, > 0] };

    private static void Compare(string name, Graph graph, Tensor[] inputs, byte[] bytes, List<string> wrong)
    {
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(bytes, 1, PeerOptimization.Off);
        PeerTensor[] outputs = session.Run([.. inputs.Select((t, i) => Samples.ToPeer($"x{i}", t))]);
        Tensor[] expected = new GraphInterpreter(graph).Run(inputs);
        for (int i = 0; i < expected.Length; i++)
            if (Samples.Distance(expected[i], Samples.OfPeer(outputs[i])) is > 1e-4 and var d) wrong.Add($"{name} output {i}: {d}");
    }
}
