using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Ir;

namespace Dyadic.Cli.Models;

/// <summary>Arguments and options that several commands have.</summary>
internal static class SharedOptions
{
    public const string Compiled = "compiled", Reference = "reference";

    /// <summary>MODEL.</summary>
    public static Argument<string> Model(string name = "model", string description = "An ONNX file, or the text of a graph.") => new(name) { Description = description };

    /// <summary>--data-root.</summary>
    public static Option<string?> DataRoot() => new("--data-root") { Description = "Folder of the IDX files of a data set, instead of the installed package.", HelpName = "DIR" };

    /// <summary>--engine.</summary>
    public static Option<string> Engine()
    {
        Option<string> option = new("--engine") { Description = "compiled: the plan; reference: the graph node by node, of an integer model the written definitions.", DefaultValueFactory = _ => Compiled, HelpName = "compiled|reference" };
        option.AcceptOnlyFromAmong(Compiled, Reference);
        return option;
    }

    /// <summary>--inline.</summary>
    public static Option<int?> Inline() => new("--inline") { Description = $"Text shows constants of at most N elements ({new GraphTextOptions().Inline}); others lie beside it.", HelpName = "N" };

    /// <summary>How text is written.</summary>
    public static GraphTextOptions TextOptions(int? inline) =>
        inline switch { null => new(), >= 0 => new() { Inline = inline.Value }, _ => throw new UsageException($"--inline is {inline}, it must be at least 0.") };

    /// <summary>--size NAME=N, for symbolic dimensions other than the batch.</summary>
    public static Option<string[]> Sizes() => new("--size") { Description = "Size of a named dimension other than the batch, NAME=N; may be repeated.", HelpName = "NAME=N", DefaultValueFactory = _ => [] };

    /// <summary>The dictionary of --size.</summary>
    public static Dictionary<string, int> Parse(string[] sizes)
    {
        Dictionary<string, int> result = [];
        foreach (string text in sizes)
        {
            int at = text.LastIndexOf('=');
            if (at < 1 || !int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1)
                throw new UsageException($"--size {text}: write NAME=N with N from 1 on, for example --size tokens=16.");
            result[text[..at]] = size;
        }
        return result;
    }

    /// <summary>Throws when a file may not be written; checked before long work.</summary>
    public static void RequireWritable(string path, CommandContext context)
    {
        if (!context.Force && File.Exists(path)) throw new UsageException($"'{path}' exists. Use --force to overwrite it, or another name.");
        Data.AtomicFile.EnsureWritable(path, context.Force);
    }
}
