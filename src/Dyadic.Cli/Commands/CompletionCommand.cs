using System.CommandLine;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Commands;

/// <summary>Prints the script that makes a shell complete commands, options and values. The shell asks dyadic itself, so it never goes stale.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # dyadic completion for bash: add to ~/.bashrc:  source <(dyadic completion bash)
            _dyadic_complete() {
                local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
                COMPREPLY=( $(compgen -W "$(dyadic "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${word}") )
            }
            complete -o default -F _dyadic_complete dyadic
            """,
        ["zsh"] = """
            # dyadic completion for zsh: add to ~/.zshrc:  source <(dyadic completion zsh)
            _dyadic_complete() {
                local -a found
                found=("${(@f)$(dyadic "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                if [[ -n "${found[*]}" ]]; then compadd -a found; else _files; fi
            }
            compdef _dyadic_complete dyadic
            """,
        ["fish"] = """
            # dyadic completion for fish: save as ~/.config/fish/completions/dyadic.fish
            function __dyadic_complete
                set -l line (commandline -p)
                dyadic "[suggest:"(commandline -C)"]" "$line" 2>/dev/null
            end
            complete -c dyadic -a "(__dyadic_complete)"
            """,
        ["pwsh"] = """
            # dyadic completion for PowerShell: add to $PROFILE:  dyadic completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName dyadic -ScriptBlock {
                param($word, $ast, $position)
                dyadic "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """,
    };

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    public CompletionCommand() => _shell.AcceptOnlyFromAmong([.. Scripts.Keys]);

    public override Command Definition => field ??= new("completion", "Print the completion script of a shell.") { _shell };

    public override IReadOnlyList<string> Examples => ["source <(dyadic completion bash)", "dyadic completion fish > ~/.config/fish/completions/dyadic.fish"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string shell = arguments.GetValue(_shell)!;
        context.Finish(new { shell, script = Scripts[shell] }, words => words.Profile.Out.Writer.WriteLine(Scripts[shell]));
        return ExitCode.Done;
    }
}
