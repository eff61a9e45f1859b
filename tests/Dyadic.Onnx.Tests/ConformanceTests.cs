using System.Text;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
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
            foreach (string set in Directory.GetDirectories(folder, "test_data_set_*"))
            {
                Tensor[] outputs = Run(Path.Combine(folder, "model.onnx"), [.. Files(set, "input")]);
                Tensor[] expected = [.. Files(set, "output")];
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
    private static Tensor[] Run(string path, Tensor[] inputs)
    {
        try
        {
            return new GraphInterpreter(OnnxModel.Import(path).Graph).Run(inputs);
        }
        catch (OnnxException e) when (e.Message.Contains("must be constant"))
        {
            ValueInfoProto[] declared = [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Input];
            int[] fix = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i].Type is DType.Int64 or DType.Bool || (i > 0 && inputs[i].Rank <= 1))];
            OnnxModel model = OnnxModel.Import(path, new() { FixedInputs = fix.ToDictionary(i => declared[i].Name, i => inputs[i]) });
            return new GraphInterpreter(model.Graph).Run([.. inputs.Where((_, i) => !fix.Contains(i))]);
        }
    }

    private static IEnumerable<Tensor> Files(string set, string kind)
    {
        for (int i = 0; Path.Combine(set, $"{kind}_{i}.pb") is var path && File.Exists(path); i++)
            yield return TensorReader.Read(WireReader.ReadTensor(File.ReadAllBytes(path), path), (_, _) => throw new ImportRefusal("external data"));
    }

    // |y − e| ≤ 1e-7 + 1e-3·|e|, as the standard's own runner compares; integers exactly.
    private static string? Difference(Tensor expected, Tensor actual)
    {
        if (expected.TensorType != actual.TensorType) return $"{actual.TensorType}, {expected.TensorType} is expected";
        double[] e = Samples.Doubles(expected), y = Samples.Doubles(actual);
        for (int i = 0; i < e.Length; i++)
            if (!e[i].Equals(y[i]) && !(Math.Abs(y[i] - e[i]) <= (expected.Type.IsFloat() ? 1e-7 + (1e-3 * Math.Abs(e[i])) : 0))) return $"element {i} is {y[i]}, {e[i]} is expected";
        return null;
    }
}
