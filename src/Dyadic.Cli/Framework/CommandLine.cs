using System.CommandLine;
using System.CommandLine.Help;
using Dyadic.Numerics;
using Dyadic.Runtime;

namespace Dyadic.Cli.Framework;

/// <summary>The whole command line: parses, runs, and turns exceptions into one sentence and an exit code.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print exactly one JSON object on standard output; words go to standard error.", Recursive = true };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Print stack traces of errors.", Recursive = true };
    private static readonly Option<bool> Force = new("--force") { Description = "Overwrite existing files.", Recursive = true };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Seed of everything random (default 1).", Recursive = true, HelpName = "N" };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Threads to use (default: all cores). Results do not depend on it.", Recursive = true, HelpName = "N" };

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        RootCommand root = Build(out Dictionary<Command, CliCommand> commands);
        ParseResult parsed = root.Parse(args);
        InvocationConfiguration configuration = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var problem in parsed.Errors) error.WriteLine($"dyadic: {problem.Message}");
            error.WriteLine($"Try 'dyadic {CommandPath(parsed)}--help'.");
            return ExitCode.Usage;
        }
        if (!commands.TryGetValue(parsed.CommandResult.Command, out CliCommand? command) || parsed.Action is not null) return parsed.Invoke(configuration);
        return Guard(() => command.Run(parsed, Context(parsed, output, error, Interruption.Token)), parsed.GetValue(Verbose), error);
    }

    private static RootCommand Build(out Dictionary<Command, CliCommand> commands)
    {
        RootCommand root = new("Dyadic: deep learning for .NET in which the arithmetic is a parameter.\nTrain, quantise, prove, run and measure networks, in float32 or in integers from end to end.");
        foreach (Option option in (Option[])[Json, Seed, Threads, Force, Verbose]) root.Options.Add(option);
        commands = [];
        foreach (CliCommand command in CommandTable.All()) Register(root, command, commands);
        return root;
    }

    private static void Register(Command parent, CliCommand command, Dictionary<Command, CliCommand> commands)
    {
        Command definition = command.Definition;
        if (command.Examples.Count > 0) definition.Description += "\n\nExamples:\n" + string.Join('\n', command.Examples.Select(e => "  " + e));
        commands[definition] = command;
        parent.Subcommands.Add(definition);
        if (command is ICommandGroup group)
        {
            foreach (CliCommand child in group.Children) Register(definition, child, commands);
        }
    }

    private static CommandContext Context(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        int? threads = parsed.GetValue(Threads);
        if (threads is < 1 or > 1024) throw new UsageException($"--threads is {threads}, it must be from 1 to 1024.");
        return new(output, error, parsed.GetValue(Json), parsed.GetValue(Verbose), parsed.GetValue(Seed), threads, parsed.GetValue(Force), cancellation);
    }

    private static int Guard(Func<int> run, bool verbose, TextWriter error)
    {
        try
        {
            return run();
        }
        catch (Exception e)
        {
            int code = CodeOf(e);
            error.WriteLine(code == ExitCode.Interrupted ? "dyadic: interrupted." : $"dyadic: {OneSentence(e)}");
            if (verbose) error.WriteLine(e);
            return code;
        }
    }

    private static int CodeOf(Exception e) => e switch
    {
        OperationCanceledException => ExitCode.Interrupted,
        UsageException => ExitCode.Usage,
        GateException => ExitCode.GateNotMet,
        BudgetException => ExitCode.BudgetExceeded,
        InvalidDataException or ShapeException or PlanException or PrecisionException or FileNotFoundException or DirectoryNotFoundException => ExitCode.InvalidInput,
        AggregateException { InnerException: { } inner } => CodeOf(inner),
        _ => ExitCode.Failed,
    };

    private static string OneSentence(Exception e)
    {
        Exception cause = e is AggregateException { InnerException: { } inner } ? inner : e;
        return cause.Message.ReplaceLineEndings(" ").Trim();
    }

    private static string CommandPath(ParseResult parsed)
    {
        string name = parsed.CommandResult.Command.Name;
        return parsed.CommandResult.Command is RootCommand ? "" : name + " ";
    }
}

/// <summary>A command that has commands of its own.</summary>
internal interface ICommandGroup
{
    IReadOnlyList<CliCommand> Children { get; }
}
