using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Dyadic.Kernels.Jit;

namespace Dyadic.Cli.Framework;

/// <summary>The whole command line: parses, runs, and turns exceptions into one sentence and an exit code.</summary>
internal static class CommandLine
{
    private const string Summary = """
        Dyadic: deep learning for .NET in which the arithmetic is a parameter.
        Train, quantise, prove, run and measure networks, in float32 or in integers from end to end.
        """;

    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error, Interruption.Token);

    public static int Run(string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        GlobalOptions global = new();
        BudgetOptions budgets = new();
        RootCommand root = Build(global, budgets, out Dictionary<Command, CliCommand> commands);
        ParseResult parsed = root.Parse(args, Parser);
        bool ours = parsed.Action is null || parsed.Action == parsed.CommandResult.Command.Action;
        if (parsed.Action is ParseErrorAction || ours && UsageErrors.UnknownOption(parsed, "") is not null) return UsageError(parsed, error);
        if (!ours || !commands.TryGetValue(parsed.CommandResult.Command, out CliCommand? command))
            return parsed.Invoke(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (JitSwitches.Problem is { } problem) throw new UsageException(problem);
            using IDisposable load = budgets.Load(parsed).Use(), run = budgets.Run(parsed).Use();
            return command.Run(parsed, global.Context(parsed, command, output, error, cancellation));
        }
        catch (Exception e)
        {
            error.WriteLine($"dyadic: {Failures.SentenceOf(e, budgets)}");
            if (global.IsVerbose(parsed)) error.WriteLine(e);
            return Failures.CodeOf(e);
        }
    }

    private static RootCommand Build(GlobalOptions global, BudgetOptions budgets, out Dictionary<Command, CliCommand> commands)
    {
        RootCommand root = new(Summary);
        global.AddTo(root);
        commands = [];
        foreach (CliCommand command in CommandTable.All()) Register(root, command, budgets, commands);
        foreach (HelpOption help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!, commands);
        return root;
    }

    private static void Register(Command parent, CliCommand command, BudgetOptions budgets, Dictionary<Command, CliCommand> commands)
    {
        Command definition = command.Definition;
        if (command.TakesModels) budgets.AddTo(definition);
        commands[definition] = command;
        parent.Subcommands.Add(definition);
        if (command is not ICommandGroup group) return;
        if (definition.Arguments.Count > 0) definition.SetAction(_ => ExitCode.Failed);      // one that also runs by itself; else the parser wants a name
        foreach (CliCommand child in group.Children) Register(definition, child, budgets, commands);
    }

    private static int UsageError(ParseResult parsed, TextWriter error)
    {
        string path = PathOf(parsed.CommandResult);
        foreach (string sentence in UsageErrors.Of(parsed, path)) error.WriteLine($"dyadic: {sentence}");
        error.WriteLine($"Try '{path} --help'.");
        return ExitCode.Usage;
    }

    private static string PathOf(SymbolResult? result) => result switch
    {
        CommandResult { Command: RootCommand } or null => "dyadic",
        CommandResult command => $"{PathOf(command.Parent)} {command.Command.Name}",
        _ => PathOf(result.Parent),
    };
}

/// <summary>A command that has commands of its own.</summary>
internal interface ICommandGroup
{
    IReadOnlyList<CliCommand> Children { get; }
}
