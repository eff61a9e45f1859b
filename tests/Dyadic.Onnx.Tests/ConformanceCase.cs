using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>One backend case of the standard (ONNX 1.12, opset 17): a model, with inputs and the outputs that are expected.</summary>
internal sealed class ConformanceCase
{
    private static readonly string[] Groups = ["node", "simple", "pytorch-converted", "pytorch-operator"];
    private readonly string _folder;

    private ConformanceCase(string group, string folder)
    {
        (Name, _folder) = ($"{group}/{System.IO.Path.GetFileName(folder)}", folder);
        Model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path));
    }

    /// <summary>Group and name.</summary>
    public string Name { get; }

    /// <summary>The file.</summary>
    public string Path => System.IO.Path.Combine(_folder, "model.onnx");

    /// <summary>What the file says.</summary>
    public ModelProto Model { get; }

    /// <summary>All cases, by name.</summary>
    public static IEnumerable<ConformanceCase> All() => Groups.SelectMany(
        group => Directory.GetDirectories(System.IO.Path.Combine(Fixtures.OnnxTestData, group)).Order(StringComparer.Ordinal), (group, folder) => new ConformanceCase(group, folder));

    /// <summary>The graph for each data set, with what it is fed and what it should give.</summary>
    /// <remarks>
    /// As the file declares it, if that can be imported and holds no sequences; else with the sizes that its names and sequences have in the data set; else with inputs fixed besides, since many cases
    /// feed shapes, axes, scales and bounds.
    /// </remarks>
    public IEnumerable<(Graph Graph, Tensor[] Inputs, Tensor[] Expected)> Load()
    {
        foreach (string set in Directory.GetDirectories(_folder, "test_data_set_*"))
        {
            Fed[] inputs = [.. Files(set, "input", Model.Graph.Input)];
            OnnxImportOptions options = new()
            {
                SequenceLengths = inputs.Where(f => f.IsSequence).ToDictionary(f => f.Name, f => f.Items.Length),
                AbsentInputs = inputs.Where(f => !f.IsSequence && f.Items.Length == 0).Select(f => f.Name).ToHashSet(),
            };
            Fed[] fix = [.. inputs.Where(f => f is { IsSequence: false, Items: [{ } t] } && (t.Type is DType.Int64 or DType.Bool || t.Length == 1 || (f != inputs[0] && t.Rank <= 1)))];
            OnnxImportOptions bound = options with { Sizes = SizesOf(inputs), InputShapes = inputs.Where(f => f.IsSequence).SelectMany(f => f.Items.Select((t, i) => ($"{f.Name}.{i}", t.Shape))).ToDictionary() };
            Graph graph = Import([.. inputs.Any(f => f.IsSequence) ? (OnnxImportOptions[])[] : [options], bound, bound with { FixedInputs = fix.ToDictionary(f => f.Name, f => f.Items[0]) }]);
            inputs = [.. inputs.Where(f => f.IsSequence || f.Items.Length == 0 || graph.Inputs.Any(v => v.Name == f.Name))];
            yield return (graph, [.. inputs.SelectMany(f => f.Items).Zip(graph.Inputs, (t, v) => AsDeclared(t, v.Type))], [.. Files(set, "output", Model.Graph.Output).SelectMany(f => f.Items)]);
        }
    }

    /// <summary>How a result differs from what is expected, or null: |y − e| ≤ 1e-7 + 1e-3·|e|, as the standard's own runner compares; integers exactly.</summary>
    public static string? Difference(Tensor expected, Tensor actual)
    {
        if (actual.Type == DType.BFloat16) expected = AsDeclared(expected, actual.TensorType);
        if (expected.TensorType != actual.TensorType) return $"{actual.TensorType}, {expected.TensorType} is expected";
        if (expected.Type == DType.String) return expected.ToStrings().Zip(actual.ToStrings()).FirstOrDefault(p => p.First != p.Second) is { First: { } wanted, Second: var given } ? $"'{given}', '{wanted}' is expected" : null;
        double[] e = Samples.Doubles(expected), y = Samples.Doubles(actual);
        for (int i = 0; i < e.Length; i++)
            if (!e[i].Equals(y[i]) && !(Math.Abs(y[i] - e[i]) <= (expected.Type.IsFloat() ? 1e-7 + (1e-3 * Math.Abs(e[i])) : 0))) return $"element {i} is {y[i]}, {e[i]} is expected";
        return null;
    }

    // The test data hold bfloat16 as the integers of its bits, some of them flat, and one number for inputs of which only the type counts.
    private static Tensor AsDeclared(Tensor tensor, TensorType declared)
    {
        if (tensor.Type == DType.UInt16 && declared.Type == DType.BFloat16) tensor = Tensor.From(Array.ConvertAll(tensor.ToArray<ushort>(), b => new BFloat16(b)), tensor.Shape);
        if (!declared.Shape.IsKnown || tensor.Shape == declared.Shape) return tensor;
        if (tensor.Length == declared.Shape.Length) return tensor.Reshape(declared.Shape);
        return tensor.Length == 1 ? tensor.Expand(declared.Shape) : tensor;
    }

    // The first way that works; the first refusal where none does.
    private Graph Import(params OnnxImportOptions[] ways)
    {
        OnnxException? refusal = null;
        foreach (OnnxImportOptions options in ways)
        {
            try
            {
                return OnnxModel.Import(Path, options).Graph;
            }
            catch (OnnxException e)
            {
                refusal ??= e;
            }
        }
        throw refusal!;
    }

    // What names of dimensions stand for in a data set.
    private Dictionary<string, int> SizesOf(IEnumerable<Fed> inputs)
    {
        Dictionary<string, int> sizes = [];
        foreach ((ValueInfoProto declared, Fed fed) in Model.Graph.Input.Zip(inputs).Where(p => p.Second is { IsSequence: false, Items.Length: 1 }))
            for (int axis = 0; axis < (declared.Type.TensorType?.Shape?.Dim.Count ?? 0); axis++)
                if (declared.Type.TensorType!.Shape.Dim[axis].DimParam is { Length: > 0 } name) sizes[name] = fed.Items[0].Shape[axis];
        return sizes;
    }

    private static IEnumerable<Fed> Files(string set, string kind, IReadOnlyList<ValueInfoProto> declared)
    {
        for (int i = 0; System.IO.Path.Combine(set, $"{kind}_{i}.pb") is var path && File.Exists(path); i++)
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

    /// <summary>What is fed to an input, or expected of an output: a tensor, the items of a sequence, or nothing.</summary>
    private sealed record Fed(string Name, Tensor[] Items, bool IsSequence);
}
