using System.Text;
using Dyadic.Onnx.Mapping;
using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>The tables of docs/onnx.md are those of the rules; <c>./check --accept</c> rewrites them.</summary>
public class DocumentationTests
{
    private const string Begin = "<!-- rules: begin -->\n", End = "<!-- rules: end -->";

    [Fact]
    public void The_tables_of_operators_are_those_of_the_rules()
    {
        string path = Repository.At("docs/onnx.md"), text = File.ReadAllText(path).ReplaceLineEndings("\n");
        int from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from >= Begin.Length && to >= from, "docs/onnx.md has lost its marks.");
        string tables = Tables();
        if (Repository.Accepts) File.WriteAllText(path, text[..from] + tables + text[to..]);
        else Assert.Equal(tables, text[from..to]);
    }

    private static string Tables()
    {
        StringBuilder text = new("| operator read | opsets | limits |\n|---|---|---|\n");
        foreach (ImportRule rule in RuleBook.Imports) text.Append($"| {rule.Operator} | {rule.Since} to {RuleBook.MaxOpset} | {rule.Limits} |\n");
        text.Append("\n| op written | as |\n|---|---|\n");
        foreach (ExportRule rule in RuleBook.Exports) text.Append($"| {rule.Op.Name} | {rule.Written} |\n");
        return text.ToString();
    }
}
