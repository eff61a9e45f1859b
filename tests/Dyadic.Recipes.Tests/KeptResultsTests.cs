using Dyadic.Numerics;

namespace Dyadic.Recipes.Tests;

public sealed class KeptResultsTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_run_that_was_cut_short_is_taken_up_where_it_stopped()
    {
        using CancellationTokenSource stop = new();
        RecipeContext first = new(kept: Open(), cancellation: stop.Token);
        Assert.Throws<OperationCanceledException>(() => Run(first, i =>
        {
            if (i == 3) stop.Cancel();
        }));
        List<int> again = [];
        double[] results = Run(new(kept: Open()), again.Add);
        Assert.Equal([0, 1, double.PositiveInfinity, 9, 16], results);
        Assert.Equal([3, 4], again);
        Assert.Equal(results, Run(new(kept: Open()), i => Assert.Fail($"experiment {i} ran although it is kept")));
        Assert.Equal(results, Run(new(), _ => { }));

        double[] Run(RecipeContext context, Action<int> starts) => [.. Enumerable.Range(0, 5).Select(n => context.Each(1, 0, 1, _ => $"square {n}", RecipeJson.Default.Double, (_, progress) =>
        {
            starts(n);
            progress(1);
            return n == 2 ? double.PositiveInfinity : n * n;
        })[0])];
    }

    [Fact]
    public void Tensors_and_records_come_back_as_they_were()
    {
        Tensor weights = Tensor.Normal([3, 4], new Rng(1));
        for (int run = 0; run < 2; run++)
        {
            RecipeContext context = new(kept: Open());
            IReadOnlyDictionary<string, Tensor> found = context.KeepTensors("weights", () => run == 0 ? new Dictionary<string, Tensor> { ["w"] = weights } : throw new InvalidOperationException("made twice"));
            Assert.Equal(weights.ToArray<float>(), found["w"].ToArray<float>());
            Claim claim = context.Keep("figures", RecipeJson.Default.Claim, () => run == 0 ? new Claim("x", "0.5", "≥ 0.25", Holds: true) : throw new InvalidOperationException("found twice"));
            Assert.Equal(new("x", "0.5", "≥ 0.25", Holds: true), claim);
        }
    }

    [Fact]
    public void A_line_that_was_not_written_to_its_end_is_computed_again()
    {
        KeptResults kept = Open();
        kept.Get("one", RecipeJson.Default.Int32, () => 1);
        kept.Get("two", RecipeJson.Default.Int32, () => 2);
        string file = Path.Combine(_folder, "results.jsonl"), text = File.ReadAllText(file);
        File.WriteAllText(file, text[..^5]);
        kept = Open();
        Assert.Equal(1, kept.Get("one", RecipeJson.Default.Int32, () => -1));
        Assert.Equal(22, kept.Get("two", RecipeJson.Default.Int32, () => 22));
        Assert.Equal(22, Open().Get("two", RecipeJson.Default.Int32, () => -1));
    }

    [Fact]
    public void Results_of_another_run_and_damaged_ones_are_refused()
    {
        Open();
        InvalidDataException other = Assert.Throws<InvalidDataException>(() => KeptResults.Open(_folder, new IntegerTraining(), 2, quick: false, data: null));
        Assert.Contains("integer-training --seed 1 of build", other.Message, StringComparison.Ordinal);
        Assert.Contains("--seed 2", other.Message, StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(_folder, "results.jsonl"), "{\"experiment\":\n");
        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    private KeptResults Open() => KeptResults.Open(_folder, new IntegerTraining(), 1, quick: false, data: null);
}
