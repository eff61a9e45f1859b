using Dyadic.Cli.Framework;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Numerics;

namespace Dyadic.Cli.Models;

/// <summary>From a SPEC on the command line to the inputs of a model.</summary>
internal sealed class InputReader(CommandContext context, string? dataRoot)
{
    private const string LabelsName = "labels";

    /// <summary>The inputs of <paramref name="graph"/>; what had to be converted is noted on standard error.</summary>
    /// <param name="text">FILE.npz, a data set or the sample, with an optional slice.</param>
    /// <param name="graph">The model.</param>
    /// <param name="limit">The most samples to read, or null.</param>
    /// <exception cref="UsageException">The text names no data.</exception>
    /// <exception cref="InvalidDataException">The data does not fit the model; the message lists what it expects.</exception>
    public InputSet Read(string text, Graph graph, int? limit = null)
    {
        DataSpec spec = Parse(text);
        InputSet found = spec.Source.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) && File.Exists(spec.Source) && OfArrays(spec, graph) is { } arrays
            ? arrays
            : OfDataset(spec, graph, limit);
        InputSet kept = found.Take(limit ?? int.MaxValue);
        if (kept.Count == 0) throw new InvalidDataException($"{text} holds no samples.");
        return kept;
    }

    /// <summary>The specification, or a usage error.</summary>
    public static DataSpec Parse(string text)
    {
        try
        {
            return DataSpec.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
    }

    // Null for a file of labelled images, which is a data set: bytes become value/255.
    private InputSet? OfArrays(DataSpec spec, Graph graph)
    {
        IReadOnlyDictionary<string, Tensor> arrays = Npz.Read(spec.Source);
        bool labelled = arrays.ContainsKey(LabelsName) && graph.Inputs.All(v => v.Name != LabelsName);
        KeyValuePair<string, Tensor>[] samples = [.. arrays.Where(a => !labelled || a.Key != LabelsName)];
        if (labelled && graph.Inputs.Count == 1 && samples is [{ Value: { Type: DType.UInt8, Rank: 3 or 4 } }]) return null;
        var tensors = new Tensor[graph.Inputs.Count];
        InputConversion conversion = new(context, graph, spec.Source);
        for (int i = 0; i < tensors.Length; i++)
        {
            Value input = graph.Inputs[i];
            if (!arrays.TryGetValue(input.Name, out Tensor? tensor))
            {
                if (graph.Inputs.Count != 1 || samples.Length != 1) throw conversion.Mismatch(arrays);
                tensor = samples[0].Value;
                context.Note($"array '{samples[0].Key}' is used as input '{input.Name}'");
            }
            tensors[i] = conversion.Fit(input, tensor, arrays);
        }
        int[]? labels = labelled ? Labels(arrays[LabelsName], spec.Source) : null;
        InputSet all = new([.. graph.Inputs.Select(v => v.Name)], tensors, labels, []);
        if (labels is not null && labels.Length != all.Count)
            throw new InvalidDataException($"'{spec.Source}': there are {all.Count} samples and {labels.Length} labels.");
        return Slice(all, spec);
    }

    private InputSet OfDataset(DataSpec spec, Graph graph, int? limit)
    {
        IDataset data = spec.Load(dataRoot);
        if (graph.Inputs.Count != 1)
            throw new InvalidDataException($"{spec} feeds one input, the model has {graph.Inputs.Count}: {string.Join(", ", graph.Inputs)}. Use FILE.npz with an array for each.");
        int count = Math.Min(data.Count, limit ?? int.MaxValue), size = data.SampleShape.Length;
        Tensor samples = Tensor.Empty([count, .. data.SampleShape]);
        Span<float> values = samples.AsSpan<float>();
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) labels[i] = data.Read(i, values.Slice(i * size, size));
        Tensor fitted = new InputConversion(context, graph, spec.ToString()).Fit(graph.Inputs[0], samples, new Dictionary<string, Tensor> { ["samples"] = samples });
        return new([graph.Inputs[0].Name], [fitted], data.Classes > 0 ? labels : null, data.ClassNames);
    }

    private static InputSet Slice(InputSet all, DataSpec spec)
    {
        if (spec.From == 0 && spec.To is null) return all;
        int to = spec.To ?? all.Count;
        if (spec.From >= to || to > all.Count) throw new InvalidDataException($"The slice [{spec.From}:{to}] is not within the {all.Count} samples of {spec.Source}.");
        return all with { Tensors = all.Rows(spec.From, to - spec.From), Labels = all.Labels?[spec.From..to] };
    }

    private static int[] Labels(Tensor labels, string file) => labels.Type switch
    {
        DType.UInt8 when labels.Rank == 1 => Array.ConvertAll(labels.ToArray<byte>(), l => (int)l),
        DType.Int32 when labels.Rank == 1 => labels.ToArray<int>(),
        DType.Int64 when labels.Rank == 1 => Array.ConvertAll(labels.ToArray<long>(), l => (int)Math.Clamp(l, int.MinValue, int.MaxValue)),
        _ => throw new InvalidDataException($"'{file}': labels are {labels.TensorType}; a vector of uint8, int32 or int64 is needed."),
    };
}
