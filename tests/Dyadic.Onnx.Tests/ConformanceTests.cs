using System.Text;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>The backend cases of the standard (ONNX 1.12, opset 17): those that pass are listed, and stay passing.</summary>
public class ConformanceTests
{
    private static readonly string[] Groups = ["node", "simple", "pytorch-converted", "pytorch-operator"];

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.OnnxTestData)]
    public void The_cases_that_pass_are_those_of_the_list()
    {
        List<string> passing = [];
        StringBuilder failing = new();
        foreach (string group in Groups)
        {
            foreach (string folder in Directory.GetDirectories(Path.Combine(Fixtures.OnnxTestData, group)).Order(StringComparer.Ordinal))
            {
                string name = $"{group}/{Path.GetFileName(folder)}";
                if (Failure(folder) is not { } reason) passing.Add(name);
                else failing.Append(name).Append(": ").AppendLine(reason);
            }
        }
        if (Environment.GetEnvironmentVariable("DYADIC_ONNX_FAILING") is { Length: > 0 } path) File.WriteAllText(path, failing.ToString());
        Golden.Check("onnx-passing.txt", string.Join('\n', passing) + '\n');
    }

    // Null when every data set of the case is reproduced.
    private static string? Failure(string folder)
    {
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            GraphProto graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph;
            foreach (string set in Directory.GetDirectories(folder, "test_data_set_*"))
            {
                Tensor[] outputs = Run(path, [.. Files(set, "input", graph.Input)]);
                Tensor[] expected = [.. Files(set, "output", graph.Output).SelectMany(f => f.Items)];
                if (outputs.Length != expected.Length) return $"{outputs.Length} outputs, {expected.Length} are expected";
                for (int i = 0; i < outputs.Length; i++)
                    if (Difference(expected[i], outputs[i]) is { } reason) return $"output {i}: {reason}";
            }
            return null;
        }
        catch (Exception e) when (e is OnnxException or ShapeException or ImportRefusal or Runtime.PlanException or ArgumentException)
        {
            return e.Message;
        }
    }

    // Many cases feed shapes, axes, scales and bounds, which must be known when a graph is imported: those inputs are fixed then.
    private static Tensor[] Run(string path, Fed[] inputs)
    {
        OnnxImportOptions options = new()
        {
            SequenceLengths = inputs.Where(f => f.IsSequence).ToDictionary(f => f.Name, f => f.Items.Length),
            AbsentInputs = inputs.Where(f => !f.IsSequence && f.Items.Length == 0).Select(f => f.Name).ToHashSet(),
        };
        try
        {
            Graph graph = OnnxModel.Import(path, options).Graph;
            return new GraphInterpreter(graph).Run([.. inputs.SelectMany(f => f.Items).Zip(graph.Inputs, (t, v) => AsDeclared(t, v.Type))]);
        }
        catch (OnnxException e) when (e.Message.Contains("must be constant"))
        {
            Fed[] fix = [.. inputs.Where(f => f is { IsSequence: false, Items: [{ } t] } && (t.Type is DType.Int64 or DType.Bool || t.Length == 1 || (f != inputs[0] && t.Rank <= 1)))];
            OnnxModel model = OnnxModel.Import(path, options with { FixedInputs = fix.ToDictionary(f => f.Name, f => f.Items[0]) });
            return new GraphInterpreter(model.Graph).Run([.. inputs.Except(fix).SelectMany(f => f.Items)]);
        }
    }

    // The test data hold bfloat16 as the integers of its bits, and some of them flat.
    private static Tensor AsDeclared(Tensor tensor, TensorType declared)
    {
        if (tensor.Type == DType.UInt16 && declared.Type == DType.BFloat16) tensor = Tensor.From(Array.ConvertAll(tensor.ToArray<ushort>(), b => new BFloat16(b)), tensor.Shape);
        return declared.Shape.IsKnown && tensor.Rank != declared.Shape.Rank && tensor.Length == declared.Shape.Length ? tensor.Reshape(declared.Shape.ToArray()) : tensor;
    }

    private static IEnumerable<Fed> Files(string set, string kind, IReadOnlyList<ValueInfoProto> declared)
    {
        for (int i = 0; Path.Combine(set, $"{kind}_{i}.pb") is var path && File.Exists(path); i++)
        {
            byte[] bytes = File.ReadAllBytes(path);
            TypeProto? type = declared[i].Type;
            if (type?.OptionalType is { } optional)
            {
                OptionalProto held = OptionalProto.Parser.ParseFrom(bytes);
                yield return optional.ElemType.SequenceType is null ? new(declared[i].Name, held.TensorValue is null ? [] : [Read(held.TensorValue)], false)
                    : new(declared[i].Name, Items(held.SequenceValue), held.SequenceValue is not null);
            }
            else if (type?.SequenceType is not null) yield return new(declared[i].Name, Items(SequenceProto.Parser.ParseFrom(bytes)), true);
            else yield return new(declared[i].Name, [Read(WireReader.ReadTensor(bytes, path))], false);
        }
    }

    private static Tensor[] Items(SequenceProto? sequence) => [.. (sequence?.TensorValues ?? []).Select(Read)];

    private static Tensor Read(TensorProto proto) => TensorReader.Read(proto, (_, _) => throw new ImportRefusal("external data"));

    // |y − e| ≤ 1e-7 + 1e-3·|e|, as the standard's own runner compares; integers exactly.
    private static string? Difference(Tensor expected, Tensor actual)
    {
        if (actual.Type == DType.BFloat16) expected = AsDeclared(expected, actual.TensorType);
        if (expected.TensorType != actual.TensorType) return $"{actual.TensorType}, {expected.TensorType} is expected";
        double[] e = Samples.Doubles(expected), y = Samples.Doubles(actual);
        for (int i = 0; i < e.Length; i++)
            if (!e[i].Equals(y[i]) && !(Math.Abs(y[i] - e[i]) <= (expected.Type.IsFloat() ? 1e-7 + (1e-3 * Math.Abs(e[i])) : 0))) return $"element {i} is {y[i]}, {e[i]} is expected";
        return null;
    }

    /// <summary>What is fed to an input, or expected of an output: a tensor, the items of a sequence, or nothing.</summary>
    private sealed record Fed(string Name, Tensor[] Items, bool IsSequence);
}
