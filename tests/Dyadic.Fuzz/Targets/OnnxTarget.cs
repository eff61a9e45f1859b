using System.Text;
using Dyadic.Fuzz.Mutations;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;

namespace Dyadic.Fuzz.Targets;

/// <summary>An ONNX file: imported, its shapes inferred, run node by node, planned, and run by its plan.</summary>
public sealed class OnnxTarget : ModelTarget
{
    private const int GraphField = 7, NodeField = 1, OperatorField = 4;

    private readonly Lazy<IReadOnlyList<byte[]>> _seeds = new(OnnxSeeds.All);
    private readonly Lazy<WireMutator> _mutator;

    public OnnxTarget() => _mutator = new(() => new([.. Seeds.SelectMany(Operators).Distinct().Order(StringComparer.Ordinal)]));

    /// <inheritdoc/>
    public override string Name => "onnx";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds => _seeds.Value;

    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng) => _mutator.Value.Mutate(seed, Seeds[rng.NextInt(Seeds.Count)], rng);

    // Files that want a shape or an axis fed get one.
    /// <inheritdoc/>
    protected override Graph Import(byte[] file, Rng rng)
    {
        OnnxImportOptions options = new() { Budget = Load, SequenceLengths = new Dictionary<string, int> { ["x"] = 2, ["seq"] = 2, ["sequence"] = 2, ["seq_in"] = 2 } };
        try
        {
            return OnnxModel.Import(file, options).Graph;
        }
        catch (OnnxException e) when (e.Message.Contains("must be constant", StringComparison.Ordinal))
        {
            Dictionary<string, Tensor> fixedInputs = [];
            foreach (string name in Names(file)) fixedInputs[name] = Tensor.Vector<long>([.. Enumerable.Range(0, 1 + rng.NextInt(3)).Select(_ => (long)rng.NextInt(6) - 1)]);
            return OnnxModel.Import(file, options with { FixedInputs = fixedInputs }).Graph;
        }
    }

    // Of the inputs behind the first one, as the file spells them.
    private static IEnumerable<string> Names(byte[] file)
    {
        const int InputField = 11, NameField = 1;
        IEnumerable<WireNode> graph = (WireNode.Parse(file) ?? []).Where(f => f is { Number: GraphField, Fields: not null }).SelectMany(f => f.Fields!);
        return graph.Where(f => f is { Number: InputField, Fields: not null }).Skip(1).SelectMany(f => f.Fields!).Where(f => f is { Number: NameField, Kind: 2 }).Select(f => Encoding.UTF8.GetString(f.Bytes));
    }

    private static IEnumerable<string> Operators(byte[] file) =>
        (WireNode.Parse(file) ?? []).Where(f => f is { Number: GraphField, Fields: not null }).SelectMany(f => f.Fields!)
            .Where(f => f is { Number: NodeField, Fields: not null }).SelectMany(f => f.Fields!)
            .Where(f => f is { Number: OperatorField, Kind: 2, Fields: null }).Select(f => Encoding.UTF8.GetString(f.Bytes));
}
