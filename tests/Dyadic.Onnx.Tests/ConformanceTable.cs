using System.Text;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Tests;

/// <summary>What the run of the standard's cases says of each operator: its opsets, the element types of its inputs, how many cases pass, and why the others do not.</summary>
internal sealed class ConformanceTable
{
    private readonly SortedDictionary<string, Row> _rows = new(StringComparer.Ordinal);

    /// <summary>Notes how a case went; null where it passes.</summary>
    public void Add(ConformanceCase c, string? reason)
    {
        NodeProto? only = c.Model.Graph.Node.Count == 1 ? c.Model.Graph.Node[0] : null;
        string name = only is null ? $"several ({c.Name[..c.Name.IndexOf('/')]})" : only.Domain.Length == 0 ? only.OpType : $"{only.Domain}.{only.OpType}";
        if (!_rows.TryGetValue(name, out Row? row)) _rows[name] = row = new();
        row.Total++;
        row.Opsets.Add(c.Model.OpsetImport.FirstOrDefault(o => o.Domain == (only?.Domain ?? ""))?.Version ?? 1);
        if (reason is null)
        {
            row.Passed++;
            row.Types.UnionWith(c.Model.Graph.Input.Select(v => TypeOf(v.Type)));
        }
        else row.Reasons.Add(Short(reason));
    }

    /// <summary>The table.</summary>
    public override string ToString()
    {
        StringBuilder text = new("| operator | opsets | types of inputs | passing | why not all |\n|---|---|---|---|---|\n");
        foreach ((string name, Row row) in _rows)
            text.Append($"| {name} | {string.Join(", ", row.Opsets)} | {string.Join(", ", row.Types)} | {row.Passed} of {row.Total} | {string.Join("; ", row.Reasons)} |\n");
        return text.ToString();
    }

    private static string TypeOf(TypeProto? type) =>
        type?.TensorType is { } tensor ? ElementTypes.NameOf(tensor.ElemType).ToLowerInvariant() :
        type?.SequenceType is { } sequence ? $"sequences of {TypeOf(sequence.ElemType)}" :
        type?.OptionalType is { } optional ? $"optional {TypeOf(optional.ElemType)}" : "?";

    // Numbers and names of one case say nothing of the operator.
    private static string Short(string reason)
    {
        if (reason.StartsWith("output ", StringComparison.Ordinal)) return "other numbers than the suite's";
        int name = reason.IndexOf('\''), end = reason.LastIndexOf('\'');
        return (name >= 0 && end > name ? reason[..name] + "…" + reason[(end + 1)..] : reason).Replace('|', '/').TrimEnd('.');
    }

    private sealed class Row
    {
        public SortedSet<long> Opsets { get; } = [];

        public SortedSet<string> Types { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Reasons { get; } = new(StringComparer.Ordinal);

        public int Passed { get; set; }

        public int Total { get; set; }
    }
}
