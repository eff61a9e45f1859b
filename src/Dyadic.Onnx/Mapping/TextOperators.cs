using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators on strings.</summary>
internal static class TextOperators
{
    // Languages in which letters change case in ways of their own: i without a dot, and dots that stay on accents.
    private static readonly string[] OwnCase = ["tr", "az", "lt"];

    public static IEnumerable<ImportRule> Imports =>
    [
        new("StringNormalizer", 10, ImportNormalizer, "no plan: the graph runs node by node; not in the case of Turkish, Azeri and Lithuanian"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<StringNormalizer>("StringNormalizer", (n, op) => n.Write(
            "StringNormalizer", [Attributes.Text("case_change_action", op.Case switch { LetterCase.Lower => "LOWER", LetterCase.Upper => "UPPER", _ => "NONE" }),
            Attributes.Flag("is_case_sensitive", op.IsCaseSensitive), .. op.Stopwords.Count > 0 ? (Wire.AttributeProto[])[Attributes.Texts("stopwords", op.Stopwords)] : []])),
    ];

    private static void ImportNormalizer(NodeImport n)
    {
        LetterCase letters = n.Text("case_change_action", "NONE") switch
        {
            "NONE" => LetterCase.Keep,
            "LOWER" => LetterCase.Lower,
            "UPPER" => LetterCase.Upper,
            string other => throw new ImportRefusal($"case_change_action '{other}' is unknown"),
        };
        string locale = n.Text("locale", "");
        bool sensitive = n.Flag("is_case_sensitive", false);
        NodeImport.Require((letters == LetterCase.Keep && sensitive) || !OwnCase.Contains(locale.Split('_', '-')[0].ToLowerInvariant()), $"letters of locale '{locale}' change case in another way than elsewhere");
        n.Return(new StringNormalizer(letters, sensitive, [.. n.Texts("stopwords") ?? []], n.NewSymbol("words")), n[0]);
    }
}
