using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Tests.Framework;

[Collection(nameof(SmallModels))]
public class BudgetOptionTests(SmallModels files)
{
    [Theory]
    [InlineData("inspect", "--max-bytes", "100")]
    [InlineData("inspect", "--max-nodes", "2")]
    [InlineData("inspect", "--max-tensor-bytes", "64")]
    [InlineData("inspect", "--max-depth", "2")]
    [InlineData("inspect", "--max-load-seconds", "0")]
    [InlineData("run", "--max-nodes", "2")]
    [InlineData("run", "--max-arena", "100")]
    [InlineData("run", "--max-operations", "10")]
    [InlineData("run", "--max-run-seconds", "0")]
    [InlineData("evaluate", "--max-operations", "10")]
    [InlineData("quantize", "--max-run-seconds", "0")]
    public void Exceeding_a_budget_is_exit_code_5_and_names_the_option(string command, string option, string value)
    {
        string[] rest = command switch
        {
            "run" => ["--inputs", files.At("plain.npz")],
            "evaluate" => ["--data", files.At("data.npz")],
            "quantize" => ["--calibration", files.At("data.npz"), "-o", files.At($"never{option}.onnx")],
            _ => [],
        };
        ToolResult result = Tool.Run([command, files.At("net.onnx"), .. rest, option, value]);
        Assert.Equal(ExitCode.BudgetExceeded, result.Code);
        Assert.Contains($"Raise {option} if the model is trusted.", result.Error);
        Assert.Single(result.ErrorLines);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("--max-bytes", "many", "whole number")]
    [InlineData("--max-bytes", "9999999999G", "whole number")]
    [InlineData("--max-run-seconds", "-1", "seconds")]
    public void Other_words_are_usage(string option, string value, string text)
    {
        ToolResult result = Tool.Run("inspect", files.At("net.onnx"), option, value);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(text, result.Error);
    }

    [Fact]
    public void Room_enough_changes_nothing() =>
        Assert.Equal(Tool.Ok("inspect", files.At("net.onnx")).Output, Tool.Ok("inspect", files.At("net.onnx"), "--max-nodes", "1K", "--max-arena", "1G", "--max-load-seconds", "60.5").Output);
}
