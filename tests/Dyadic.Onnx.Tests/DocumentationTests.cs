using System.Text;
using Dyadic.Onnx.Mapping;

namespace Dyadic.Onnx.Tests;

/// <summary>The tables of docs/onnx.md are those of the rules.</summary>
public class DocumentationTests
{
    [Fact]
    public void The_tables_of_operators_are_those_of_the_rules()
    {
        StringBuilder text = new("| operator read | opsets | limits |\n|---|---|---|\n");
        foreach (ImportRule rule in RuleBook.Imports) text.Append($"| {rule.Operator} | {rule.Since} to {RuleBook.MaxOpset} | {rule.Limits} |\n");
        text.Append("\n| op written | as |\n|---|---|\n");
        foreach (ExportRule rule in RuleBook.Exports) text.Append($"| {rule.Op.Name} | {rule.Written} |\n");
        Documentation.Check("rules", text.ToString());
    }
}
