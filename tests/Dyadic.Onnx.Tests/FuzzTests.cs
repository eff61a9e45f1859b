using Dyadic.Fuzz;

namespace Dyadic.Onnx.Tests;

/// <summary>Some thousand changed files of each kind, always the same ones: only sentences escape. More of them by tests/Dyadic.Fuzz.</summary>
public class FuzzTests
{
    [Theory]
    [InlineData("onnx", 4000)]
    [InlineData("graph", 4000)]
    [InlineData("safetensors", 1000)]
    [InlineData("npz", 1000)]
    [InlineData("idx", 1000)]
    [InlineData("recipe", 1000)]
    public void Nothing_but_sentences_escapes(string name, int cases)
    {
        FuzzTarget target = FuzzTargets.All[name]();
        using IDisposable? folder = target as IDisposable;
        FuzzResult result = new FuzzRun(target, seed: 1).Run(0, cases);
        Assert.Empty(result.Escapes);
        Assert.Equal(cases, result.Cases);
        Assert.True(result.Ends.Done > cases / 100, $"too few files were good enough to get anywhere: {result.Ends}");
    }

    [Fact]
    public void A_case_is_the_same_whatever_ran_before()
    {
        FuzzRun run = new(FuzzTargets.All["onnx"](), seed: 7);
        byte[] first = run.FileOf(123);
        run.Run(0, 50);
        Assert.Equal(first, run.FileOf(123));
        Assert.NotEqual(first, run.FileOf(124));
    }
}
