using Dyadic.Cli.Commands;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli;

/// <summary>All commands, in the order in which help lists them.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<CliCommand> All() =>
    [
        new TrainCommand(), new ReportCommand(), new DoctorCommand(),
        new CompletionCommand(),
    ];
}
