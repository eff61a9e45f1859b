using System.CommandLine;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Verification;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Kernels.Jit;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The proofs: no floating-point instruction in the plan, and one output hash over kinds of kernels, threads and batches.</summary>
internal sealed class VerifyCommand : CliCommand
{
    private const int RandomSamples = 130;      // more than the largest split, and no multiple of it

    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<bool> _integerOnly = new("--integer-only") { Description = "Exit with 3 unless nothing in the plan computes in floating point." };
    private readonly Option<string?> _inputs = new("--inputs") { Description = $"Data to run on (default: {RandomSamples} random samples).", HelpName = "SPEC" };
    private readonly Option<string?> _expect = new("--expect") { Description = "Exit with 3 unless this is the output hash, for example one from another machine.", HelpName = "HASH" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();
    private readonly Option<string[]> _sizes = SharedOptions.Sizes();

    public override Command Definition => field ??= new("verify", "Prove that a model is integer-only and gives one answer everywhere.") { _model, _integerOnly, _inputs, _expect, _root, _sizes };

    public override IReadOnlyList<string> Examples =>
        ["dyadic verify model-int8.onnx --integer-only", "dyadic verify model-int8.onnx --integer-only --inputs 'fashion-mnist:test[0:512]' --json"];

    public override bool TakesModels => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        Dictionary<string, int> sizes = SharedOptions.Parse(arguments.GetValue(_sizes)!);
        Graph graph = ModelFile.Open(arguments.GetValue(_model)!).Graph;
        InputSet inputs = arguments.GetValue(_inputs) is { } spec
            ? new InputReader(context, arguments.GetValue(_root)).Read(spec, graph)
            : RandomInputs.Of(graph, RandomSamples, context.Seed ?? 1, sizes);
        foreach ((string name, int size) in inputs.Sizes(graph)) sizes.TryAdd(name, size);
        Plan plan = Compiling.Lower(graph, sizes, inputs.Count).Plan;
        Verdict verdict = context.WithProgress("verifying", report => Verdict.Of(plan, inputs, context.Mode.Threads, report, context.Cancellation));
        context.Finish(verdict.Fields(), words => Print(verdict, inputs.Count, words));
        if (Gate(verdict, arguments.GetValue(_integerOnly), arguments.GetValue(_expect)) is { } broken) throw new GateException(broken);
        return ExitCode.Done;
    }

    private static string? Gate(Verdict v, bool integerOnly, string? expected)
    {
        if (integerOnly && !v.IntegerOnly) return $"the model is not integer-only: {v.Proof.Violations.Count} traces of floating point, the first is {v.Proof.Violations.FirstOrDefault("in a generated kernel")}.";
        if (v.Plan.IsInteger && !v.Grid.Equal) return "the outputs of an integer plan differ between configurations on this machine. Please report it with the output of dyadic doctor --json.";
        if (expected is not null && (v.Hash is null || !string.Equals(expected, v.Hash, StringComparison.OrdinalIgnoreCase))) return $"the output hash is {v.Hash ?? "not one but several"}, expected was {expected}.";
        return null;
    }

    private static void Print(Verdict v, int samples, IAnsiConsole words)
    {
        Table kernels = Tables.New("kernel", "#steps", "arithmetic");
        foreach (VerifiedKernel k in v.Kernels) kernels.AddRow(Markup.Escape(k.Kernel), $"{k.Steps}", k.Integer ? "integer" : "[yellow]floating point[/]");
        words.Write(kernels);
        words.MarkupLineInterpolated($"integer-only  {(v.IntegerOnly ? "yes" : "no")}: read the IL of {v.Proof.Methods.Count} methods and {v.Proof.External.Count} platform calls, {v.Proof.Violations.Count} traces of floating point");
        foreach (string violation in v.Proof.Violations.Take(8)) words.MarkupLineInterpolated($"              {violation}");
        if (v.Proof.Violations.Count > 8) words.MarkupLineInterpolated($"              and {v.Proof.Violations.Count - 8} more (all with --json)");
        foreach (GeneratedCode g in v.Generated)
            words.MarkupLineInterpolated($"machine code  {g.Set}: {g.Kernels} kernels, {string.Join(", ", g.Instructions.Select(c => $"{c.Value} {c.Key}"))} instructions");
        string[] hashes = [.. v.Grid.Cells.Select(c => c.Hash).Append(v.Grid.Reference).Distinct()];
        words.MarkupLineInterpolated($"outputs       {samples} samples in {v.Grid.Cells.Count} configurations and by the reference: {(hashes.Length == 1 ? "one hash" : $"{hashes.Length} hashes")}");
        foreach (string hash in hashes)
        {
            string[] where = [.. v.Grid.Cells.Where(c => c.Hash == hash).GroupBy(c => c.Kernels).Select(g => $"{g.Key} ({g.Count()})"), .. hash == v.Grid.Reference ? (string[])["reference"] : []];
            words.MarkupLineInterpolated($"              [bold]{hash}[/]{(hashes.Length == 1 ? "" : $"  {string.Join(", ", where)}")}");
        }
        if (!v.Plan.IsInteger && hashes.Length > 1)
            words.MarkupLineInterpolated($"              floating-point sums depend on the kernels{(v.Grid.EqualPerRung ? "; threads and batch make no difference" : " and, here, on threads or batch too")}");
    }
}

/// <summary>A kernel of the plan.</summary>
internal sealed record VerifiedKernel(string Kernel, int Steps, bool Integer);

/// <summary>The generated kernels of a plan's integer steps for one instruction set, disassembled.</summary>
/// <param name="Set">The set.</param>
/// <param name="Kernels">How many kernels.</param>
/// <param name="Instructions">Instructions by class.</param>
/// <param name="Mnemonics">Instructions by name.</param>
internal sealed record GeneratedCode(string Set, int Kernels, IReadOnlyDictionary<string, int> Instructions, IReadOnlyDictionary<string, int> Mnemonics)
{
    public static IReadOnlyList<GeneratedCode> Of(Plan plan) => [.. InstructionSets.Available.Select(set => Of(plan, set)).Where(g => g.Kernels > 0)];

    private static GeneratedCode Of(Plan plan, InstructionSet set)
    {
        Step[] steps = [.. plan.Steps.Select(s => s.Step).Where(s => s is IntStep)];
        foreach (Step step in steps) step.Prepare(ExecutionMode.Default with { Code = set });
        GeneratedKernel[] kernels = [.. steps.SelectMany(s => s.GeneratedKernels(set)).Distinct()];
        var counts = kernels.SelectMany(k => KernelListing.Count(k.Code)).ToArray();
        return new(set.Name(), kernels.Length, Sum(counts.Select(c => (Words(c.Key.Class), c.Value))), Sum(counts.Select(c => (c.Key.Mnemonic, c.Value))));
    }

    private static SortedDictionary<string, int> Sum(IEnumerable<(string Key, int Count)> counts) =>
        new(counts.GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Count)), StringComparer.Ordinal);

    private static string Words(InstructionClass c) => c switch
    {
        InstructionClass.Scalar => "scalar",
        InstructionClass.VectorMove => "vector move",
        InstructionClass.VectorInteger => "vector integer",
        _ => "floating-point",
    };
}

/// <summary>What verify found.</summary>
internal sealed record Verdict(Plan Plan, IntegerProofResult Proof, HashGrid Grid, IReadOnlyList<VerifiedKernel> Kernels, IReadOnlyList<GeneratedCode> Generated)
{
    /// <summary>True when all steps are integer steps and their code has no trace of floating point.</summary>
    public bool IntegerOnly => Plan.IsInteger && Proof.Violations.Count == 0 && Generated.All(g => !g.Instructions.ContainsKey("floating-point"));

    /// <summary>The one hash, or null where there are several.</summary>
    public string? Hash => Grid.Equal ? Grid.Reference : null;

    public static Verdict Of(Plan plan, InputSet inputs, int threads, Action<double> progress, CancellationToken cancellation)
    {
        IntegerProofResult proof = IntegerProof.Of(plan.Steps.Concat(plan.Nodes).Select(s => s.Step));
        VerifiedKernel[] kernels = [.. plan.Steps.GroupBy(s => (s.Step.Kernel, s.Step is IntStep)).Select(g => new VerifiedKernel(g.Key.Kernel, g.Count(), g.Key.Item2))];
        HashGrid grid = HashGrid.Of(plan, inputs, threads, progress, cancellation);
        return new(plan, proof, grid, kernels, GeneratedCode.Of(plan));
    }

    /// <summary>The fields of --json.</summary>
    public object Fields()
    {
        Dictionary<string, string> hashes = Grid.Cells.ToDictionary(c => c.Name, c => c.Hash);
        hashes["reference"] = Grid.Reference;
        return new
        {
            integerOnly = IntegerOnly,
            kernels = Kernels,
            hashes,
            equal = Grid.Equal,
            equalPerRung = Grid.EqualPerRung,
            hash = Hash,
            integerPlan = Plan.IsInteger,
            methods = Proof.Methods.Count,
            platformCalls = Proof.External.Count,
            violations = Proof.Violations,
            generated = Generated,
        };
    }
}
