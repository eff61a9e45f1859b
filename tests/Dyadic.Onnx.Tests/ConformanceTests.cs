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
        foreach (ConformanceCase c in ConformanceCase.All())
        {
            if (Failure(c) is not { } reason) passing.Add(c.Name);
            else failing.Append(c.Name).Append(": ").AppendLine(reason);
        }
        if (Environment.GetEnvironmentVariable("DYADIC_ONNX_FAILING") is { Length: > 0 } path) File.WriteAllText(path, failing.ToString());
        Golden.Check("onnx-passing.txt", string.Join('\n', passing) + '\n');
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
        catch (Exception e) when (e is OnnxException or ShapeException or ImportRefusal or Runtime.PlanException or ArgumentException)
        {
            return e.Message;
        }
    }
}
