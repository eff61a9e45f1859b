using System.Globalization;
using System.Text;

namespace Dyadic.Recipes;

/// <summary>What a recipe found as Markdown, the part of its page in docs/recipes that is made by running it.</summary>
public static class RecipePage
{
    /// <summary>Claims, figures and set-up as Markdown.</summary>
    /// <param name="recipe">What ran.</param>
    /// <param name="result">What it found.</param>
    /// <param name="command">The command that does it again.</param>
    /// <param name="seconds">How long it took.</param>
    public static string Of(Recipe recipe, RecipeResult result, string command, double seconds)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"`{command}`, {seconds:F0} s.\n\n{recipe.Paper}\n\n");
        foreach (string sentence in result.Setup) text.Append("- ").Append(sentence).Append('\n');
        if (result.Setup.Count > 0) text.Append('\n');
        Append(text, new("", ["claim", "paper", "ours", "holds"], [.. result.Claims.Select(c => (string[])[c.Statement, c.Paper, c.Ours, c.Holds ? "yes" : "**no**"])]));
        foreach (ResultTable table in result.Tables) Append(text, table);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ResultTable table)
    {
        if (table.Title.Length > 0) text.Append(table.Title).Append("\n\n");
        Row(table.Columns);
        Row([.. table.Columns.Select(_ => "---")]);
        foreach (IReadOnlyList<string> row in table.Rows) Row(row);
        text.Append('\n');

        void Row(IReadOnlyList<string> cells) => text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }
}
