using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The generated kernels, as text and checked. Sets that this machine lacks are not executed, and can be read as well.</summary>
internal sealed class JitCommand : CliCommand, ICommandGroup
{
    public override Command Definition => field ??= new("jit", "List generated kernels, show their machine code, check it.");

    public override IReadOnlyList<string> Examples => ["dyadic jit list --filter requantize", "dyadic jit show contract_u8s8_2x16_requantize@avxvnni"];

    public IReadOnlyList<CliCommand> Children { get; } = [new JitListCommand(), new JitShowCommand(), new JitCheckCommand()];

    public override int Run(ParseResult arguments, CommandContext context) => throw new UsageException("Name one of: list, show, check.");
}

/// <summary>A kernel that can be generated.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Operations">Operations of the IR.</param>
/// <param name="Instructions">Machine instructions.</param>
/// <param name="Bytes">Bytes of code.</param>
/// <param name="Counts">Instructions by class.</param>
internal sealed record KernelSize(string Name, int Operations, int Instructions, int Bytes, SortedDictionary<InstructionClass, int> Counts)
{
    public static KernelSize Of(KernelKey key)
    {
        KernelIr ir = key.Generate();
        return Of(ir, X64Emitter.Emit(ir));
    }

    public static KernelSize Of(KernelIr ir, MachineCode code)
    {
        SortedDictionary<InstructionClass, int> counts = new(Enum.GetValues<InstructionClass>().ToDictionary(c => c, _ => 0));
        foreach (((InstructionClass Class, string) kind, int n) in KernelListing.Count(code)) counts[kind.Class] += n;
        return new(ir.Name, ir.Code.Count, code.Origins.Length, code.Bytes.Length, counts);
    }
}

/// <summary>The options that choose kernels.</summary>
internal sealed class KernelChoice
{
    private static readonly string[] Names = [.. Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.None).Select(s => s.Name())];

    public KernelChoice() => Set.AcceptOnlyFromAmong(Names);

    public Option<string?> Set { get; } = new("--isa") { Description = $"One instruction set, {string.Join(", ", Names)}, also one that this machine lacks (default: all that it has).", HelpName = "NAME" };

    public Option<string> Filter { get; } = new("--filter") { Description = "Kernels whose names hold this text.", HelpName = "TEXT", DefaultValueFactory = _ => "" };

    public InstructionSet[] Sets(ParseResult arguments) =>
        [.. Enum.GetValues<InstructionSet>().Where(s => arguments.GetValue(Set) is { } name ? s.Name() == name : InstructionSets.Available.Contains(s))];

    private KernelKey[] Keys(ParseResult arguments) =>
        [.. Sets(arguments).SelectMany(KernelCatalog.Of).Where(k => k.Name.Contains(arguments.GetValue(Filter)!, StringComparison.OrdinalIgnoreCase))];

    /// <summary>What <paramref name="work"/> makes of each chosen kernel, with progress.</summary>
    public IReadOnlyList<T> Each<T>(ParseResult arguments, CommandContext context, string title, Func<KernelKey, T> work) => context.WithProgress(title, report =>
    {
        KernelKey[] keys = Keys(arguments);
        List<T> results = [];
        foreach (KernelKey key in keys)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            results.Add(work(key));
            report((double)results.Count / keys.Length);
        }
        return results;
    });
}

/// <summary>All keys of one or more instruction sets.</summary>
internal sealed class JitListCommand : CliCommand
{
    private readonly KernelChoice _choice = new();

    public override Command Definition => field ??= new("list", "List the kernels that can be generated, with their sizes.") { _choice.Set, _choice.Filter };

    public override IReadOnlyList<string> Examples => ["dyadic jit list --filter depthwise", "dyadic jit list --isa avx512vnni --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        InstructionSet[] sets = _choice.Sets(arguments);
        IReadOnlyList<KernelSize> kernels = _choice.Each(arguments, context, "generating kernels", KernelSize.Of);
        context.Finish(new { sets = sets.Select(s => s.Name()), kernels }, words =>
        {
            if (sets.Length == 0) words.WriteLine("no generated kernels on this machine; name a set with --isa");
            Table table = Tables.New("kernel", "#operations", "#instructions", "#bytes", "#scalar", "#moves", "#integer vectors", "#floating point");
            foreach (KernelSize k in kernels)
                table.AddText([k.Name, $"{k.Operations}", $"{k.Instructions}", $"{k.Bytes}", .. k.Counts.Values.Select(n => $"{n}")]);
            if (kernels.Count > 0) words.Write(table);
            words.WriteLine($"{kernels.Count} kernels");
        });
        return ExitCode.Done;
    }
}

/// <summary>One kernel: machine code with the IR beside it.</summary>
internal sealed class JitShowCommand : CliCommand
{
    private const int MostNear = 3;
    private readonly Argument<string> _key = new("key") { Description = "The kernel's name, as jit list prints it." };

    public override Command Definition => field ??= new("show", "Show the machine code of a kernel with its operations beside it.") { _key };

    public override IReadOnlyList<string> Examples => ["dyadic jit show contract_u8s8_2x16_requantize@avxvnni", "dyadic jit show peak_f32@avx2 --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        string name = arguments.GetValue(_key)!;
        KernelKey key = KernelCatalog.Find(name) ?? throw new UsageException($"No kernel is called '{name}'. Near it: {string.Join(", ", Near(name))}. 'dyadic jit list' has all.");
        KernelIr ir = key.Generate();
        MachineCode code = X64Emitter.Emit(ir);
        KernelSize size = KernelSize.Of(ir, code);
        string listing = KernelListing.Of(ir, code);
        context.Finish(
            new { size.Name, set = key.Set.Name(), runsHere = InstructionSets.Available.Contains(key.Set), size.Operations, size.Instructions, size.Bytes, size.Counts, ir = ir.ToString(), listing },
            words => words.Write(new Text(listing)));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Near(string name) =>
        Enum.GetValues<InstructionSet>().SelectMany(KernelCatalog.Of).Select(k => k.Name).OrderBy(n => NearNames.Distance(name, n)).Take(MostNear);
}
