using System.Diagnostics;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Tests.Framework;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. All("", CommandTable.All())];

    [Theory, MemberData(nameof(Commands))]
    public void Every_command_explains_itself_with_examples(string path)
    {
        ToolResult result = Tool.Ok([.. path.Split(' '), "--help"]);
        Assert.Contains("Usage:", result.Output);
        Assert.Matches("Examples?:\n  .*dyadic " + path.Split(' ')[0], result.Output.ReplaceLineEndings("\n"));
        Assert.Contains("--json", result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void The_root_lists_all_commands_and_exit_codes()
    {
        string help = Tool.Ok("--help").Output;
        foreach (CliCommand command in CommandTable.All()) Assert.Contains($"\n  {command.Definition.Name} ", help.ReplaceLineEndings("\n"));
        Assert.Contains("130 interrupted", help);
    }

    [Theory]
    [InlineData("dyadic insp", "inspect")]
    [InlineData("dyadic run --eng", "--engine")]
    [InlineData("dyadic quantize --method ", "percentile")]
    [InlineData("dyadic runs ", "compare")]
    public void Completions_are_suggested(string typed, string expected)
    {
        ToolResult result = Tool.Ok($"[suggest:{typed.Length}]", typed);
        Assert.Contains(expected, result.Output.Split('\n', StringSplitOptions.TrimEntries));
    }

    [Theory]
    [InlineData("bash", "complete ")]
    [InlineData("zsh", "compdef ")]
    [InlineData("fish", "complete -c dyadic")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public void Completion_scripts_ask_the_tool(string shell, string registers)
    {
        string script = Tool.Ok("completion", shell).Output;
        Assert.Contains(registers, script);
        Assert.Contains("[suggest:", script);
    }

    [Fact]
    public void The_bash_script_is_valid()
    {
        if (!File.Exists("/bin/bash")) return;
        using Process bash = Process.Start(new ProcessStartInfo("/bin/bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        bash.StandardInput.Write(Tool.Ok("completion", "bash").Output);
        bash.StandardInput.Close();
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
    }

    private static IEnumerable<string> All(string parent, IEnumerable<CliCommand> commands)
    {
        foreach (CliCommand command in commands)
        {
            string path = $"{parent} {command.Definition.Name}".Trim();
            yield return path;
            if (command is not ICommandGroup group) continue;
            foreach (string child in All(path, group.Children)) yield return child;
        }
    }
}
