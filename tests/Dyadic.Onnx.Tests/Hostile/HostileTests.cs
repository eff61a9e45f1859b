using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>
/// One minimal file for each published class of attack, written as code, and the sentence that it must end in. What the fuzzer (tests/Dyadic.Fuzz) finds comes here,
/// as small as it can be made.
/// </summary>
public class HostileTests
{
    private static readonly HostileCase[] All = [.. HostileWire.All, .. HostileGraphs.All, .. HostileBombs.All, .. HostileText.All];

    public static TheoryData<HostileCase> Cases => [.. All];

    [Theory, MemberData(nameof(Cases))]
    public void A_hostile_model_ends_in_its_sentence(HostileCase c)
    {
        Exception? e = Record.Exception(() => Take(c));
        Assert.True(e?.GetType() == c.Expected && e.Message.Contains(c.Text, StringComparison.Ordinal), $"{c}: {c.Expected.Name} with '{c.Text}' was expected, not {e?.GetType().Name ?? "success"}: {e?.Message}");
    }

    [Fact]
    public void Every_case_has_a_name_of_its_own() => Assert.Equal(All.Length, All.Select(c => c.ToString()).Distinct().Count());

    private static void Take(HostileCase c)
    {
        using IDisposable budget = c.Budget.Use();
        Graph graph = OnnxModel.Import(c.Bytes(), new() { Budget = c.Load }, "m").Graph;
        if (c.Stage == Stage.Import) return;
        Tensor[] inputs = [.. graph.Inputs.Select(v => Fed(v.Type.Type, [.. v.Shape.Select(d => d.IsKnown ? d : (Dim)1)]))];
        if (c.Stage == Stage.Run) new GraphInterpreter(graph).Run(inputs);
        else new Session(graph.Simplify().Compile(new() { Batch = 1 })).Run(inputs);
    }

    private static Tensor Fed(DType type, Shape shape) => type == DType.String ? Dyadic.Tensor.Zeros(shape, type) : Dyadic.Tensor.Ones(shape, type);
}
