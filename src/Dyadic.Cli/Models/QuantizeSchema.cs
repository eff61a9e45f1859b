using System.Text.Json.Nodes;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Models;

/// <summary>docs/quantize.schema.json, as it was when this was built.</summary>
internal static class QuantizeSchema
{
    /// <summary>The schema.</summary>
    public static string Text
    {
        get
        {
            using Stream stream = typeof(QuantizeSchema).Assembly.GetManifestResourceStream("quantize.schema.json")!;
            using StreamReader reader = new(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Prints it.</summary>
    public static int Print(CommandContext context)
    {
        context.Finish(new { schema = JsonNode.Parse(Text) }, words => words.Profile.Out.Writer.Write(Text));
        return ExitCode.Done;
    }
}
