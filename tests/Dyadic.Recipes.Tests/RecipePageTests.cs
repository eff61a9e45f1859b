namespace Dyadic.Recipes.Tests;

public class RecipePageTests
{
    [Fact]
    public void A_page_holds_the_command_the_paper_claims_and_figures()
    {
        RecipeResult result = new(
            [new("gap ≤ 1", "0.5", "0.3", Holds: true), new("a | b differ", "none", "equal", Holds: false)],
            [new("Accuracy", ["run", "top-1"], [["float32", "91.2 %"]])],
            ["Three seeds."]);
        string page = RecipePage.Of(new Named(), result, "dyadic recipes run named --seed 1", 61.7);
        string[] lines = page.Split('\n');
        Assert.StartsWith("`dyadic recipes run named --seed 1`, 62 s.", page, StringComparison.Ordinal);
        Assert.Contains("A. Author 2020, \"On names\"", lines);
        Assert.Contains("- Three seeds.", lines);
        Assert.Contains("| gap ≤ 1 | 0.5 | 0.3 | yes |", lines);
        Assert.Contains("| a \\| b differ | none | equal | **no** |", lines);
        Assert.Contains("| float32 | 91.2 % |", lines);
    }

    [Fact]
    public void A_context_gives_one_seed_when_quick_and_stops_when_cancelled()
    {
        Assert.Equal([7UL], new RecipeContext(quick: true, seed: 7).Seeds(3));
        Assert.Equal([7UL, 8UL, 9UL], new RecipeContext(seed: 7).Seeds(3));
        Assert.Equal([7UL, 8UL], new RecipeContext(seed: 7, seeds: 2).Seeds(3));
        Assert.Equal(2000, new RecipeContext().Load("sample").Count);
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new RecipeContext(cancellation: stop.Token).Report(0.5, "half"));
    }

    [Fact]
    public void Experiments_run_side_by_side_in_their_order_and_stop_when_cancelled()
    {
        List<double> heard = [];
        RecipeContext context = new(progress: (done, _) => heard.Add(done));
        int[] squares = context.Each(9, 0.5, 1, i => $"{i}", RecipeJson.Default.Int32, (i, progress) =>
        {
            progress(0.5);
            progress(1);
            return i * i;
        });
        Assert.Equal([0, 1, 4, 9, 16, 25, 36, 49, 64], squares);
        Assert.Equal(18, heard.Count);
        Assert.Equal(heard.Order(), heard);
        Assert.Equal(1, heard[^1], 1e-12);
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => new RecipeContext(progress: (_, _) => stop.Cancel(), cancellation: stop.Token).Each(9, 0, 1, i => "", RecipeJson.Default.Int32, (i, progress) =>
        {
            progress(0.5);
            progress(1);
            return i;
        }));
    }

    [Fact]
    public void An_unknown_recipe_lists_those_there_are()
    {
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => RecipeCatalog.Find("integer-trainig"));
        Assert.All(RecipeCatalog.All, r => Assert.Contains(r.Name, unknown.Message, StringComparison.Ordinal));
    }

    private sealed class Named : Recipe
    {
        public override string Name => "named";

        public override string Paper => "A. Author 2020, \"On names\"";

        public override string Summary => "Names things.";

        public override RecipeResult Run(RecipeContext context) => throw new NotSupportedException();
    }
}
