using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>Reference, interpreter and machine code of every kernel on a small case.</summary>
internal sealed class JitCheckCommand : CliCommand
{
    private readonly KernelChoice _choice = new();

    public override Command Definition => field ??= new("check", "Run each kernel's small case by plain C#, by the interpreter and as machine code, and compare every byte.") { _choice.Set, _choice.Filter };

    public override IReadOnlyList<string> Examples => ["dyadic jit check", "dyadic jit check --isa amx --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        IReadOnlyList<KernelCheck> kernels = _choice.Each(arguments, context, "checking kernels", KernelCheck.Of);
        int ran = kernels.Count(k => k.Ran);
        KernelCheck[] different = [.. kernels.Where(k => k.Interpreter is not null || k.MachineCode is not null)];
        context.Finish(new { sets = _choice.Sets(arguments).Select(s => s.Name()), kernels, ran, different = different.Select(k => k.Name) }, words =>
        {
            foreach (KernelCheck k in different)
            {
                if (k.Interpreter is { } interpreted) words.WriteLine($"{k.Name}, interpreted: {interpreted}");
                if (k.MachineCode is { } executed) words.WriteLine($"{k.Name}, executed: {executed}");
            }
            words.WriteLine($"{kernels.Count} kernels interpreted, {ran} executed, {different.Length} differ from plain C#");
        });
        if (different.Length > 0) throw new GateException($"{different.Length} kernels differ from plain C#, the first is {different[0].Name}.");
        return ExitCode.Done;
    }
}
