using System.CommandLine;

namespace Dyadic.Cli.Framework;

/// <summary>One command: its options, and what it does with them. Derived classes hold their options in fields.</summary>
internal abstract class CliCommand
{
    /// <summary>The System.CommandLine command, options and arguments added.</summary>
    public abstract Command Definition { get; }

    /// <summary>Examples for --help, one line each.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>True for a command that takes a list under --threads and runs for each.</summary>
    public virtual bool ComparesThreads => false;

    /// <summary>True for a command that loads or runs a model: it has the options of <see cref="BudgetOptions"/>.</summary>
    public virtual bool TakesModels => false;

    /// <summary>Does the work and returns an exit code. Throws for errors; the frame turns exceptions into one sentence and a code.</summary>
    public abstract int Run(ParseResult arguments, CommandContext context);
}
