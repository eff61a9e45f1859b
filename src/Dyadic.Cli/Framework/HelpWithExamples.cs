using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Dyadic.Cli.Framework;

/// <summary>--help: what System.CommandLine writes, then the examples of the command; of the root, the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, CliCommand> commands) : SynchronousCommandLineAction
{
    private const string ExitCodes = """
        Exit codes:
          0 done · 1 failed · 2 usage · 3 a stated gate was not met · 4 invalid or unsupported model or data
          5 a budget was exceeded · 130 interrupted

        Data (SPEC):
          FILE.npz (arrays named like the model's inputs, and labels) · fashion-mnist[:train|:test] · cifar10:DIR[:train|:test] · sample
          SPEC[a:b] takes a slice, quoted because shells read brackets: 'fashion-mnist:test[0:512]'
        """;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is RootCommand) output.WriteLine(ExitCodes);
        else if (commands.TryGetValue(parseResult.CommandResult.Command, out CliCommand? command) && command.Examples.Count > 0)
        {
            output.WriteLine(command.Examples.Count == 1 ? "Example:" : "Examples:");
            foreach (string example in command.Examples) output.WriteLine($"  {example}");
        }
        return code;
    }
}
