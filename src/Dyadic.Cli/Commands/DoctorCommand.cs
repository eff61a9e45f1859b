using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Health;
using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>What this machine offers, whether the integer kernels are right on it, and which fixtures are installed.</summary>
internal sealed class DoctorCommand : CliCommand
{
    public override Command Definition => field ??= new("doctor", "Show what this machine offers: processor, kernels, permissions, data sets, peers.");

    public override IReadOnlyList<string> Examples => ["dyadic doctor", "dyadic doctor --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        IReadOnlyList<AdmittedKernel> kernels = context.WithProgress("checking kernels", _ => KernelAdmission.Check());
        HealthReport report = new(
            Dyadic: Product.Version,
            Dotnet: RuntimeInformation.FrameworkDescription,
            System: RuntimeInformation.OSDescription,
            Architecture: RuntimeInformation.ProcessArchitecture.ToString(),
            Processor: ProcessorFeatures.ProcessorName(),
            Cores: Environment.ProcessorCount,
            Features: ProcessorFeatures.Found(),
            Widths: ProcessorFeatures.Widths(),
            BestWidth: (int)ExecutionMode.BestWidth,
            JitPermission: JitSwitches.Enabled && GivesExecutableMemory(),
            DynamicCode: RuntimeFeature.IsDynamicCodeSupported,
            InstructionSets: [.. InstructionSets.Available.Select(s => s.Name())],
            BestSet: InstructionSets.Best.Name(),
            Kernels: kernels,
            Refused: KernelCache.Refusals,
            Fixtures: InstalledFixtures.All(),
            Healthy: kernels.All(k => k.Admitted) && KernelCache.Refusals.Count == 0);
        context.Finish(report, words => Print(report, words));
        return report.Healthy ? ExitCode.Done : ExitCode.GateNotMet;
    }

    private static bool GivesExecutableMemory()
    {
        using CodePage? page = CodePage.Of([0xCC]);
        return page is not null;
    }

    private static void Print(HealthReport r, IAnsiConsole words)
    {
        words.MarkupLineInterpolated($"[bold]dyadic {r.Dyadic}[/] on {r.Dotnet}, {r.System}");
        words.MarkupLineInterpolated($"{r.Processor}, {r.Cores} cores, {r.Architecture}");
        words.MarkupLineInterpolated($"instruction sets    {string.Join(", ", r.Features)}");
        words.MarkupLineInterpolated($"vector widths       {string.Join(", ", r.Widths.Select(w => $"{w.Bits} {(w.Accelerated ? "native" : "emulated")}"))}; kernels use {r.BestWidth}");
        words.MarkupLineInterpolated($"executable memory   {(r.JitPermission ? "allowed" : "not allowed")}; dynamic code {(r.DynamicCode ? "supported" : "not supported")}");
        words.MarkupLineInterpolated($"generated kernels   {(r.InstructionSets.Count == 0 ? "none: managed kernels do all" : $"{string.Join(", ", r.InstructionSets)}; in use {r.BestSet}")}");
        foreach (KernelRefusal refused in r.Refused) words.MarkupLineInterpolated($"                    [red]refused {refused.Name}[/]: {refused.Reason}");
        words.WriteLine();
        Table kernels = Tables.New("integer kernel", "right with kernels", "admitted");
        foreach (AdmittedKernel k in r.Kernels)
            kernels.AddRow(Markup.Escape(k.Kernel), string.Join(' ', k.Rungs), k.Admitted ? "[green]yes[/]" : "[red]no[/]");
        words.Write(kernels);
        Table fixtures = Tables.New("fixture", "found", "where, or how to install it");
        foreach (InstalledFixture f in r.Fixtures) fixtures.AddRow(Markup.Escape(f.Name), f.Found ? "[green]yes[/]" : "[yellow]no[/]", Markup.Escape(f.Where));
        words.Write(fixtures);
        if (!r.Healthy) words.MarkupLine("[red]A kernel differs from its definition on this machine.[/] Please report this with the output of dyadic doctor --json.");
    }

    /// <summary>The fields of --json.</summary>
    private sealed record HealthReport(
        string Dyadic, string Dotnet, string System, string Architecture, string Processor, int Cores, IReadOnlyList<string> Features,
        IReadOnlyList<VectorWidth> Widths, int BestWidth, bool JitPermission, bool DynamicCode, IReadOnlyList<string> InstructionSets, string BestSet,
        IReadOnlyList<AdmittedKernel> Kernels, IReadOnlyList<KernelRefusal> Refused,
        IReadOnlyList<InstalledFixture> Fixtures, bool Healthy);
}
