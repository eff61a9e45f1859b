using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;

namespace Dyadic.Onnx.Mapping;

/// <summary>How one operator of ONNX becomes ops.</summary>
/// <param name="Operator">Its name, with the domain before it unless that is the standard's.</param>
/// <param name="Since">The least operator set with semantics that the rule knows.</param>
/// <param name="Apply">Reads the node's attributes and inputs, and returns ops.</param>
/// <param name="Limits">What is refused, for the documentation.</param>
internal sealed record ImportRule(string Operator, int Since, Action<NodeImport> Apply, string Limits = "");

/// <summary>How one op becomes nodes of ONNX.</summary>
/// <param name="Op">The type of the op record.</param>
/// <param name="Written">The operators that are written, for the documentation.</param>
/// <param name="Apply">Writes the nodes.</param>
internal sealed record ExportRule(Type Op, string Written, Action<NodeExport, Op> Apply)
{
    /// <summary>A rule for ops of type <typeparamref name="T"/>.</summary>
    public static ExportRule Of<T>(string written, Action<NodeExport, T> apply) where T : Op => new(typeof(T), written, (n, op) => apply(n, (T)op));

    /// <summary>The op is the operator of that name, without attributes.</summary>
    public static ExportRule Plain<T>(string written) where T : Op => new(typeof(T), written, (n, _) => n.Write(written));
}

/// <summary>All rules, by operator and by op.</summary>
internal static class RuleBook
{
    /// <summary>The least operator set that is read.</summary>
    public const int MinOpset = 1;

    /// <summary>The greatest operator set that is read.</summary>
    public const int MaxOpset = 25;

    private static readonly Dictionary<string, ImportRule> ImportsByName = AllImports().ToDictionary(r => r.Operator);
    private static readonly Dictionary<Type, ExportRule> ExportsByType = AllExports().ToDictionary(r => r.Op);

    /// <summary>All import rules, by operator.</summary>
    public static IEnumerable<ImportRule> Imports => ImportsByName.Values.OrderBy(r => r.Operator, StringComparer.Ordinal);

    /// <summary>All export rules, by op.</summary>
    public static IEnumerable<ExportRule> Exports => ExportsByType.Values.OrderBy(r => r.Op.Name, StringComparer.Ordinal);

    /// <summary>The rule for an operator, or null.</summary>
    public static ImportRule? Import(string op) => ImportsByName.GetValueOrDefault(op);

    /// <summary>The rule for an op, or null.</summary>
    public static ExportRule? Export(Op op) => ExportsByType.GetValueOrDefault(op.GetType());

    private static IEnumerable<ImportRule> AllImports() =>
    [
        .. Elementwise.Imports, .. Composed.Imports, .. Reductions.Imports, .. Contractions.Imports, .. PoolsAndNorms.Imports, .. Shapes.Imports,
        .. Constants.Imports, .. Quantization.Imports, .. Normalizations.Imports, .. Dropouts.Imports, .. LossRules.Imports, .. Resizing.Imports,
        .. Blocks.Imports, .. MaxPools.Imports, .. QuantizedOperators.Imports, .. RuntimeOperators.Imports, .. Transformers.Imports, .. Attentions.Imports,
        .. Indexing.Imports, .. Counting.Imports, .. TextOperators.Imports, .. Detection.Imports, .. Signals.Imports, .. Regions.Imports, .. Sequences.Imports, .. Training.Imports, .. RandomNumbers.Imports, .. Recurrences.Imports,
    ];

    private static IEnumerable<ExportRule> AllExports() =>
    [
        .. Elementwise.Exports, .. Reductions.Exports, .. Contractions.Exports, .. PoolsAndNorms.Exports, .. Shapes.Exports, .. Quantization.Exports, .. Resizing.Exports, .. QuantizedOperators.Exports,
        .. Indexing.Exports, .. Counting.Exports, .. TextOperators.Exports, .. Detection.Exports, .. Regions.Exports, .. RandomNumbers.Exports, .. Recurrences.Exports,
    ];
}
