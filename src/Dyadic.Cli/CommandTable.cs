using Dyadic.Cli.Commands;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli;

/// <summary>All commands, in the order in which help lists them.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<CliCommand> All() =>
    [
        new DemoCommand(),
        new TrainCommand(),
        new InspectCommand(),
        new ConvertCommand(),
        new RunCommand(),
        new QuantizeCommand(),
        new EvaluateCommand(),
        new CompareCommand(),
        new VerifyCommand(),
        new ExplainCommand(),
        new AnalyzeCommand(),
        new BenchCommand(),
        new ReportCommand(),
        new RunsCommand(),
        new RecipesCommand(),
        new JitCommand(),
        new DoctorCommand(),
        new CompletionCommand(),
    ];
}
