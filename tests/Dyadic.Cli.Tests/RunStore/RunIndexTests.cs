using System.Text.Json;
using Dyadic.Cli.RunStore;
using Dyadic.Runs;

namespace Dyadic.Cli.Tests.RunStore;

public sealed class RunIndexTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dyadic-runs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Runs_are_listed_the_latest_first_and_forgotten_with_their_folder()
    {
        Put("a", day: 1, accuracy: 0.5);
        Put("b", day: 2, accuracy: 0.75);
        Assert.Equal(["b", "a"], Ids());
        Put("a", day: 3, accuracy: 0.875);      // a changed record is read again
        Assert.Equal(["a", "b"], Ids());
        Directory.Delete(Path.Combine(_root, "b"), recursive: true);
        IndexedRun left = Assert.Single(List());
        Assert.Equal(0.875, left.Accuracy);
    }

    [Fact]
    public void A_damaged_index_is_rebuilt()
    {
        Put("a", 1, 0.5);
        Assert.Single(Ids());
        string file = Directory.EnumerateFiles(_root, "*.sqlite").Single();
        File.WriteAllText(file, "this is no database, and it is long enough to be taken for one at first sight");
        Assert.Equal(["a"], Ids());
        byte[] bytes = File.ReadAllBytes(file);
        bytes.AsSpan(20).Fill(0xEE);
        File.WriteAllBytes(file, bytes);
        Assert.Equal(["a"], Ids());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1, 2]")]
    [InlineData("{}")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"id\":\"x\",\"name\":\"train\",\"started\":\"yesterday\"}")]
    [InlineData("{\"id\":\"x\",\"name\":null,\"started\":\"2026-01-01T00:00:00+00:00\"}")]
    [InlineData("{\"id\":\"x\",\"name\":\"train\",\"started\":\"2026-01-01T00:00:00+00:00\",\"metrics\":null}")]
    [InlineData("{\"id\":\"x\",\"name\":\"train\",\"started\":\"2026-01-01T00:00:00+00:00\",\"metrics\":[null]}")]
    [InlineData("{\"id\":\"x\",\"name\":\"train\",\"started\":\"2026-01-01T00:00:00+00:00\",\"arguments\":{\"a\":null}}")]
    [InlineData("{\"id\":\"x\",\"name\":\"train\",\"started\":\"2026-01-01T00:00:00+00:00\",\"seconds\":\"NaN\",\"metrics\":[{\"name\":\"accuracy\",\"step\":1,\"value\":\"Infinity\"}]}")]
    public void A_hostile_record_is_a_row_not_a_crash(string text)
    {
        Put("good", 1, 0.5);
        Write("bad", text);
        Write("deep", new string('[', 100_000));
        IReadOnlyList<IndexedRun> runs = List();
        Assert.Equal(["bad", "deep", "good"], runs.Select(r => r.Id).Order());
        Assert.Equal("unreadable", runs.Single(r => r.Id == "deep").Status);
        Assert.Equal(0.5, runs.Single(r => r.Id == "good").Accuracy);
        Assert.Equal(0, Tool.Run("runs", "list", "--root", _root).Code);
        Assert.Contains(Tool.Run("runs", "show", "bad", "--root", _root, "--json").Code, new[] { 0, 4 });
        Assert.Equal(4, Tool.Run("runs", "show", "deep", "--root", _root).Code);
    }

    [Fact]
    public void Runs_are_compared_by_what_differs()
    {
        Put("a", 1, 0.5, ("epochs", "3"), ("same", "yes"));
        Put("b", 2, 0.75, ("epochs", "4"), ("same", "yes"));
        JsonElement[] differences = [.. Tool.Ok("runs", "compare", "a", "b", "--root", _root, "--json").Json.GetProperty("differences").EnumerateArray()];
        Assert.Equal(["epochs", "accuracy"], differences.Select(d => d.GetProperty("name").GetString()));
        Assert.Equal(["3", "4"], differences[0].GetProperty("values").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(2, Tool.Run("runs", "compare", "a", "--root", _root).Code);
    }

    private IReadOnlyList<IndexedRun> List()
    {
        using RunIndex index = RunIndex.Open(_root);
        return index.All();
    }

    private string[] Ids() => [.. List().Select(r => r.Id)];

    private void Put(string id, int day, double accuracy, params (string Key, string Value)[] arguments) => RunFolder.At(Path.Combine(_root, id)).Write(new()
    {
        Id = id,
        Name = "train",
        Started = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero),
        Status = "completed",
        Arguments = arguments.ToDictionary(a => a.Key, a => a.Value),
        Metrics = [new("accuracy", 1, 0.1), new("accuracy", 2, accuracy)],
    });

    private void Write(string id, string text)
    {
        Directory.CreateDirectory(Path.Combine(_root, id));
        File.WriteAllText(Path.Combine(_root, id, "run.json"), text);
    }
}
