using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Wire;
using Dyadic.Testing;
using Google.Protobuf;

namespace Dyadic.Onnx.Tests;

/// <summary>One node with inputs: what ONNX Runtime makes of it is what the import must make of it.</summary>
/// <param name="Opset">The version of the standard operator set.</param>
/// <param name="Op">The operator, with its domain before it unless that is the standard's.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Inputs">Makes the inputs; null where one is left out.</param>
/// <param name="Fixed">Which inputs are initialisers.</param>
/// <param name="Outputs">The number of outputs.</param>
/// <param name="Tolerance">Relative to max(1, |a|, |b|); 0 for exact results.</param>
internal sealed record PeerCase(int Opset, string Op, AttributeProto[] Attributes, Func<Rng, Tensor?[]> Inputs, int[]? Fixed = null, int Outputs = 1, double Tolerance = 1e-5)
{
    public override string ToString() => $"{Op} {string.Join(' ', Attributes.Select(a => $"{a.Name}={a.S.ToStringUtf8()}{(a.HasI ? $"{a.I}" : "")}{(a.HasF ? $"{a.F}" : "")}{string.Join(',', a.Ints)}"))} (opset {Opset})";

    /// <summary>How the two results differ, or null.</summary>
    public string? Difference(OnnxRuntimePeer peer)
    {
        Tensor?[] given = Inputs(new Rng(17).Split(Op));
        string[] names = [.. given.Select((t, i) => t is null ? "" : $"x{i}")], outputs = [.. Enumerable.Range(0, Outputs).Select(i => $"y{i}")];
        int[] present = [.. Enumerable.Range(0, given.Length).Where(i => given[i] is not null)], fed = [.. present.Except(Fixed ?? [])];
        ModelProto model = Protos.Model(
            Opset, [.. fed.Select(i => Protos.Info(names[i], given[i]!.Shape.Span.ToArray(), given[i]!.Type))], [.. present.Except(fed).Select(i => (names[i], given[i]!))], outputs,
            Protos.Node(Op, names, outputs, Attributes));
        byte[] bytes = model.ToByteArray();
        Tensor[] actual = new GraphInterpreter(OnnxModel.Import(bytes, null, ToString()).Graph).Run([.. fed.Select(i => given[i]!)]);
        using OnnxRuntimeSession session = peer.OpenSession(bytes, 1, PeerOptimization.Off);
        Tensor[] expected = [.. session.Run([.. fed.Select(i => Samples.ToPeer(names[i], given[i]!))]).Select(Samples.OfPeer)];
        for (int i = 0; i < expected.Length; i++)
            if (Samples.Distance(expected[i], actual[i]) is var d && !(d <= Tolerance)) return $"{this}: output {i} is {actual[i].TensorType}, {expected[i].TensorType} is expected; the distance is {d}";
        return null;
    }

    /// <summary>Checks all cases and names every one that differs.</summary>
    public static void Check(IEnumerable<PeerCase> cases)
    {
        List<string> wrong = [];
        foreach (PeerCase c in cases)
        {
            try
            {
                if (c.Difference(Fixtures.OnnxRuntime) is { } difference) wrong.Add(difference);
            }
            catch (Exception e) when (e is OnnxRuntimeException or OnnxException or ShapeException or Runtime.PlanException)
            {
                wrong.Add($"{c}: {e.Message}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Float32 values uniform in [low, high).</summary>
    public static Tensor Uniform(Rng rng, double low, double high, params int[] dims) => Dyadic.Tensor.Uniform(Shape.Of(dims), rng.Split(rng.NextUInt64().ToString()), (float)low, (float)high);
}
