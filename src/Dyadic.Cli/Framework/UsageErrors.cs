using System.CommandLine;
using System.CommandLine.Parsing;
using Dyadic.Ir;

namespace Dyadic.Cli.Framework;

/// <summary>What is wrong with a command line, in our own words where the parser's are many.</summary>
internal static class UsageErrors
{
    private const int FarthestGuess = 2;

    /// <summary>One sentence for each problem.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, string path)
    {
        Command command = parsed.CommandResult.Command;
        if (UnknownOption(parsed, path) is { } unknown) return [unknown];
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string wrong = parsed.UnmatchedTokens[0];
            string kind = wrong.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            return [$"'{path}' has no {kind} '{wrong}'.{Guess(wrong, command)}"];
        }
        if (command.Subcommands.Count > 0 && command.Arguments.Count == 0) return [$"name one of the commands of '{path}': {string.Join(", ", command.Subcommands.Select(c => c.Name))}."];
        return [.. parsed.Errors.Select(e => string.Join(' ', e.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).Distinct()];
    }

    /// <summary>What is wrong with a word that looks like an option but was taken for an argument, or null.</summary>
    public static string? UnknownOption(ParseResult parsed, string path)
    {
        IEnumerable<Token> free = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash);
        string? wrong = free.FirstOrDefault(t => t.Type == TokenType.Argument && t.Value.Length > 2 && t.Value.StartsWith("--", StringComparison.Ordinal))?.Value;
        return wrong is null ? null : $"'{path}' has no option '{wrong}'.{Guess(wrong, parsed.CommandResult.Command)}";
    }

    /// <summary>What <paramref name="make"/> makes of arguments; what they may not be is a matter of usage.</summary>
    public static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e is ArgumentOutOfRangeException ? e.Message.Split('(')[0].Trim() : e.Message);
        }
    }

    private static string Guess(string wrong, Command command)
    {
        IEnumerable<string> known = wrong.StartsWith('-') ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
        (string Name, int Distance) best = known.Select(name => (name, NearNames.Distance(wrong, name))).DefaultIfEmpty(("", int.MaxValue)).MinBy(p => p.Item2);
        return best.Distance <= FarthestGuess ? $" Did you mean {best.Name}?" : "";
    }
}
