using System.CommandLine;
using System.Diagnostics;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Data;
using Dyadic.Recipes;
using Spectre.Console;

namespace Dyadic.Cli.Commands;

/// <summary>The papers that are rebuilt over the library.</summary>
internal sealed class RecipesCommand : CliCommand, ICommandGroup
{
    public override Command Definition => field ??= new("recipes", "List and run the published systems that are rebuilt over the library.");

    public override IReadOnlyList<string> Examples => ["dyadic recipes list", "dyadic recipes run integer-training --quick"];

    public IReadOnlyList<CliCommand> Children { get; } = [new RecipesListCommand(), new RecipesRunCommand()];

    public override int Run(ParseResult arguments, CommandContext context) => throw new UsageException("Name one of: list, run.");
}

/// <summary>All recipes.</summary>
internal sealed class RecipesListCommand : CliCommand
{
    public override Command Definition => field ??= new("list", "List recipes with their papers.");

    public override IReadOnlyList<string> Examples => ["dyadic recipes list", "dyadic recipes list --json"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        context.Finish(new { recipes = RecipeCatalog.All.Select(r => new { r.Name, r.Paper, r.Summary }) }, words =>
        {
            foreach (Recipe recipe in RecipeCatalog.All)
                words.MarkupLineInterpolated($"[bold]{recipe.Name}[/]\n  {recipe.Summary}\n  [grey]{recipe.Paper}[/]");
        });
        return ExitCode.Done;
    }
}

/// <summary>Runs a recipe and sets what it finds beside the paper.</summary>
internal sealed class RecipesRunCommand : CliCommand
{
    private readonly Argument<string> _name = new("name") { Description = $"One of: {string.Join(", ", RecipeCatalog.All.Select(r => r.Name))}." };
    private readonly Option<bool> _quick = new("--quick") { Description = "Seconds instead of minutes: less data, one seed; claims are not expected to hold." };
    private readonly Option<int?> _seeds = new("--seeds") { Description = "Seeds, counted from --seed; as many as the recipe wants by default.", HelpName = "N" };
    private readonly Option<string?> _data = new("--data") { Description = "Run on this data instead of the recipe's own.", HelpName = "SPEC" };
    private readonly Option<bool> _assert = new("--assert") { Description = "Exit with 3 when a claim does not hold." };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "Also write claims and figures as Markdown.", HelpName = "FILE" };
    private readonly Option<string?> _keep = new("--keep") { Description = "Keep what is finished in this folder; run again, what an interrupted run left there is not computed anew.", HelpName = "FOLDER" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();

    public override Command Definition => field ??= new("run", "Run a recipe: prints the paper's claims beside what was measured.") { _name, _quick, _seeds, _data, _assert, _markdown, _keep, _root };

    public override IReadOnlyList<string> Examples =>
        ["dyadic recipes run integer-training --quick", "dyadic recipes run integer-training --seed 1 --json --markdown result.md", "dyadic recipes run integer-fine-tuning --keep runs/fine-tuning"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        Recipe recipe = UsageErrors.Checked(() => RecipeCatalog.Find(arguments.GetValue(_name)!));
        if (arguments.GetValue(_seeds) is < 1) throw new UsageException($"--seeds is {arguments.GetValue(_seeds)}, it must be at least 1.");
        string? markdown = arguments.GetValue(_markdown);
        if (markdown is not null) SharedOptions.RequireWritable(markdown, context);
        (bool quick, ulong seed) = (arguments.GetValue(_quick), context.Seed ?? 1);
        string? data = arguments.GetValue(_data), folder = arguments.GetValue(_keep);
        KeptResults? kept = folder is null ? null : KeptResults.Open(folder, recipe, seed, quick, data);
        Stopwatch clock = Stopwatch.StartNew();
        RecipeResult result = context.WithProgress(recipe.Name, report => recipe.Run(
            new(quick, seed, data, arguments.GetValue(_root), arguments.GetValue(_seeds), (done, what) => { report(done); context.Note(what); }, kept, context.Cancellation)));
        double seconds = clock.Elapsed.TotalSeconds;
        string command = $"dyadic recipes run {recipe.Name}{(quick ? " --quick" : "")}{(data is null ? "" : $" --data {data}")}{(arguments.GetValue(_seeds) is { } seeds ? $" --seeds {seeds}" : "")} --seed {seed}";
        if (markdown is not null) AtomicFile.Write(markdown, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(RecipePage.Of(recipe, result, command, seconds))));
        context.Finish(new { recipe = recipe.Name, recipe.Paper, quick, seed, seconds, result.Claims, result.Tables, result.Setup }, words => Print(recipe, result, words));
        string[] broken = [.. result.Claims.Where(c => !c.Holds).Select(c => $"{c.Statement} (here {c.Ours})")];
        if (arguments.GetValue(_assert) && broken.Length > 0) throw new GateException($"{broken.Length} of {result.Claims.Count} claims do not hold: {string.Join("; ", broken)}.");
        return ExitCode.Done;
    }

    private static void Print(Recipe recipe, RecipeResult result, IAnsiConsole words)
    {
        words.MarkupLineInterpolated($"[bold]{recipe.Name}[/]  {recipe.Paper}");
        foreach (string sentence in result.Setup) words.MarkupLineInterpolated($"  {sentence}");
        foreach (ResultTable figures in result.Tables)
        {
            words.MarkupLineInterpolated($"\n{figures.Title}");
            Table table = Tables.New([.. figures.Columns.Select((c, i) => i == 0 ? c : "#" + c)]);
            foreach (IReadOnlyList<string> row in figures.Rows) table.AddText(row);
            words.Write(table);
        }
        Table claims = Tables.New("claim", "paper", "ours", "holds");
        foreach (Claim c in result.Claims) claims.AddText(c.Statement, c.Paper, c.Ours, c.Holds ? "yes" : "no");
        words.Write(claims);
    }
}
