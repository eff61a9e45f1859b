using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Runs;

namespace Dyadic.Core.Tests.Runs;

public sealed class CheckpointTests
{
    [Fact]
    public void Tensors_and_state_survive_the_file()
    {
        using Folder temporary = new();
        string path = temporary.At("c.safetensors");
        Assert.Null(Checkpoint.TryRead(path));
        TrainingState state = new() { Step = 7, Seconds = 0.5, LossSum = 1.0 / 3, Correct = 5, Seen = 9, Metrics = [new("loss", 1, 0.1)] };
        Checkpoint.Write(path, new(new Dictionary<string, Tensor> { ["model/w"] = Tensor.Vector(1f, 2), ["plain/steps"] = Tensor.Scalar(3, DType.Int64) }, state));
        Checkpoint read = Checkpoint.TryRead(path)!;
        Assert.Equal((7, 0.5, 1.0 / 3, 5, 9), (read.State.Step, read.State.Seconds, read.State.LossSum, read.State.Correct, read.State.Seen));
        Assert.Equal(state.Metrics, read.State.Metrics);
        Assert.Equal(["w"], read.Group("model/").Keys);
        Assert.Equal([1f, 2], read.Group("model/")["w"].ToArray<float>());
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_in_one_sentence()
    {
        using Folder temporary = new();
        string path = temporary.At("c.safetensors");
        Checkpoint.Write(path, new(new Dictionary<string, Tensor> { ["model/w"] = Tensor.Vector(1f, 2) }, new() { Step = 1, Seen = 4 }));
        temporary.Damage(File.ReadAllBytes(path), "bad.safetensors", p => Checkpoint.TryRead(p), flips: 100);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"step":-1}""")]
    [InlineData("""{"step":"x"}""")]
    [InlineData("""{"step":1,"metrics":null}""")]
    [InlineData("""{"step":1,"metrics":[null]}""")]
    public void Other_safetensors_files_are_no_checkpoints(string? state)
    {
        using Folder temporary = new();
        string path = temporary.At("c.safetensors");
        Dictionary<string, string> metadata = state is null ? [] : new() { ["dyadic.training"] = state };
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["w"] = Tensor.Scalar(1) }, metadata);
        string message = Assert.Throws<InvalidDataException>(() => Checkpoint.TryRead(path)).Message;
        Assert.Contains("Remove it to start over", message);
        Assert.DoesNotContain("..", message.Replace(path, ""));
    }
}
