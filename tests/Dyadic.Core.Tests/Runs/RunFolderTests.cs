using Dyadic.Core.Tests.Data;
using Dyadic.Runs;

namespace Dyadic.Core.Tests.Runs;

public sealed class RunFolderTests
{
    [Fact]
    public void A_record_survives_the_file()
    {
        using Folder temporary = new();
        RunFolder folder = RunFolder.At(temporary.At("run"));
        Assert.False(folder.HasRecord);
        RunRecord record = new()
        {
            Id = "run", Name = "train", Started = DateTimeOffset.UnixEpoch.AddTicks(1), Seconds = 0.1, Status = "completed",
            Arguments = new Dictionary<string, string> { ["a"] = "\"ä\"" }, Environment = RunEnvironment.Describe(),
            Metrics = [new("loss", 1, 1.0 / 3), new("loss", 2, double.NaN), new("accuracy", long.MaxValue, double.PositiveInfinity)],
            Artifacts = new Dictionary<string, string> { ["model"] = "m.onnx" },
        };
        folder.Write(record);
        folder.Write(record);                                        // in place of the former one
        RunRecord read = folder.Read();
        Assert.Equal(record with { Arguments = read.Arguments, Environment = read.Environment, Metrics = read.Metrics, Artifacts = read.Artifacts }, read);
        Assert.Equal(record.Arguments, read.Arguments);
        Assert.Equal(record.Environment, read.Environment);
        Assert.Equal(record.Metrics, read.Metrics);
        Assert.Equal(record.Artifacts, read.Artifacts);
        Assert.Equal(double.NaN, read.Last("loss"));
        Assert.Null(read.Last("perplexity"));
        Assert.Equal(["run.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"x","name":"train","started":"1970-01-01T00:00:00+00:00" """)]
    [InlineData("""{"id":"x","name":"train","started":"yesterday"}""")]
    [InlineData("""{"id":"x","name":"train","started":"1970-01-01T00:00:00+00:00","metrics":null}""")]
    [InlineData("""{"id":"x","name":"train","started":"1970-01-01T00:00:00+00:00","metrics":[null]}""")]
    [InlineData("""{"id":null,"name":"train","started":"1970-01-01T00:00:00+00:00"}""")]
    [InlineData("""{"id":"x","name":"train","started":"1970-01-01T00:00:00+00:00","schemaVersion":2}""")]
    public void A_damaged_record_is_refused_in_one_sentence(string? content)
    {
        using Folder temporary = new();
        RunFolder folder = RunFolder.At(temporary.At("run"));
        if (content is not null) File.WriteAllText(folder.File("run.json"), content);
        string message = Assert.Throws<InvalidDataException>(folder.Read).Message;
        Assert.Contains("run.json", message);
        Assert.DoesNotContain("\n", message);
    }

    [Fact]
    public void New_folders_of_one_second_are_numbered()
    {
        using Folder temporary = new();
        string[] names = [.. Enumerable.Range(0, 3).Select(_ => Path.GetFileName(RunFolder.Create(temporary.At("runs"), "train", DateTimeOffset.UnixEpoch).Path))];
        Assert.Equal(["train-19700101-000000", "train-19700101-000000-2", "train-19700101-000000-3"], names);
    }

    [Fact]
    public void Options_survive_their_description_and_are_checked()
    {
        TrainingOptions options = new() { Epochs = 3, BatchSize = 7, LearningRate = 1.0 / 3, Momentum = 0, WeightDecay = 1e-9, LabelSmoothing = 0.1, WarmUpEpochs = 0.5, Augment = false, Seed = ulong.MaxValue };
        Assert.Equal(options, TrainingOptions.Parse(options.Describe()));
        foreach ((string key, string value) in (ReadOnlySpan<(string, string)>)[("epochs", "0"), ("epochs", "x"), ("batchSize", "99999999999"), ("learningRate", "NaN"), ("learningRate", "0"), ("momentum", "1"), ("weightDecay", "-1"), ("labelSmoothing", "1"), ("warmUpEpochs", "-1"), ("augment", "maybe"), ("seed", "-1")])
            Assert.Throws<InvalidDataException>(() => TrainingOptions.Parse(new Dictionary<string, string>(options.Describe()) { [key] = value }));
        Assert.Throws<InvalidDataException>(() => TrainingOptions.Parse(new Dictionary<string, string>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingOptions { CheckpointEvery = 0 });
    }
}
