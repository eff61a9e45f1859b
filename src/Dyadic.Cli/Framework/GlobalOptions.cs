using System.CommandLine;

namespace Dyadic.Cli.Framework;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    private const int MostThreads = 1024;

    private readonly Option<bool> _json = new("--json") { Description = "Print exactly one JSON object on standard output; words go to standard error.", Recursive = true };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Print stack traces of errors.", Recursive = true };
    private readonly Option<bool> _force = new("--force") { Description = "Overwrite existing files.", Recursive = true };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of everything random (default 1).", Recursive = true, HelpName = "N" };
    private readonly Option<string?> _threads = new("--threads") { Description = "Threads to use (default: all cores). Results do not depend on it.", Recursive = true, HelpName = "N" };

    /// <summary>Adds them to the root.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (Option option in (Option[])[_json, _seed, _threads, _force, _verbose]) root.Options.Add(option);
    }

    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    /// <summary>What a command runs with.</summary>
    /// <exception cref="UsageException">--threads is out of range, or a list for a command that takes one number.</exception>
    public CommandContext Context(ParseResult parsed, CliCommand command, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        int[] threads = parsed.GetValue(_threads) is { } text ? NumberList.Parse("--threads", text, MostThreads) : [];
        if (threads.Length > 1 && !command.ComparesThreads) throw new UsageException($"--threads is {string.Join(',', threads)}, '{command.Definition.Name}' takes one number.");
        return new(output, error, parsed.GetValue(_json), IsVerbose(parsed), parsed.GetValue(_seed), threads, parsed.GetValue(_force), cancellation);
    }
}
