using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Xunit.Abstractions;

namespace Dyadic.Compression.Tests.EndToEnd;

/// <summary>The integer plan against the exact values of the file that it was made from: its graph in float64, whose errors are far below any tie.</summary>
public class ExactValueTests(ITestOutputHelper output)
{
    private const int Count = 10;

    [Fact]
    public unsafe void Codes_of_every_layer_are_those_of_the_file_in_float64()
    {
        byte[] codes = FashionModel.Sample.Codes[..(Count * FashionModel.Pixels)];
        Dictionary<string, byte[]> exact = [];
        Graph graph = InFloat64(OnnxModel.Import(FashionModel.IntegerFile).Graph);
        new GraphInterpreter(graph).Run([Tensor.From(codes, Shape.Of(Count, 1, 28, 28))], (value, tensor) =>
        {
            if (graph.ProducerOf(value) is { Op: QuantizeLinear } node) exact[node.Name] = Bytes(tensor);
        });
        (int values, int wrong) = (0, 0);
        sbyte[] scores = new sbyte[Count * FashionModel.Classes];
        fixed (byte* x = codes)
        fixed (sbyte* y = scores)
        {
            TensorView input = new(DType.UInt8, [Count, 1, 28, 28], x), result = new(DType.Int8, [Count, FashionModel.Classes], y);
            ReferenceInterpreter.Run(FashionModel.IntegerPlan, [input], [result], (step, outputs) =>
            {
                if (!exact.TryGetValue(step.Name, out byte[]? expected)) return;
                ReadOnlySpan<byte> actual = new(outputs[0].Data, outputs[0].Length);
                values += expected.Length;
                for (int i = 0; i < expected.Length; i++) wrong += expected[i] == actual[i] ? 0 : 1;
            });
        }
        output.WriteLine($"{wrong} of {values} codes differ");
        Assert.True(values > 40_000 * Count, $"only {values} codes were compared");
        Assert.Equal(0, wrong);
    }

    private static byte[] Bytes(Tensor codes) => codes.Type == DType.UInt8 ? codes.ToArray<byte>() : Array.ConvertAll(codes.ToArray<sbyte>(), c => (byte)c);

    // The same graph with its real constants in float64, hence everything that follows from them.
    private static Graph InFloat64(Graph graph)
    {
        GraphBuilder builder = new(graph.Name);
        Dictionary<Value, Value> wide = graph.Inputs.ToDictionary(v => v, v => builder.Input(v.Name, v.Type));
        foreach (Node node in graph.Nodes)
        {
            Value[] inputs = [.. node.Inputs.Select(v => v.Constant is { Type: DType.Float32 } c ? builder.Constant(v.Name, c.Cast(DType.Float64)) : wide.GetValueOrDefault(v, v))];
            Node written = builder.AddNode(node.Name, node.Op, inputs, [.. node.Outputs.Select(v => v.Name)]);
            for (int i = 0; i < node.Outputs.Count; i++) wide[node.Outputs[i]] = written.Outputs[i];
        }
        foreach (Value value in graph.Outputs) builder.Output(wide[value]);
        return builder.Build();
    }
}
