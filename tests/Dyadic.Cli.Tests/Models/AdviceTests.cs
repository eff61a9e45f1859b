using System.Text.RegularExpressions;
using Dyadic.Cli.Models;
using Dyadic.Compression;
using Dyadic.Compression.Insight;

namespace Dyadic.Cli.Tests.Models;

public partial class AdviceTests
{
    [Fact]
    public void Each_problem_names_what_would_mend_it()
    {
        LayerReport[] layers =
        [
            Layer("tail", o => o with { SqnrDb = 20, Tail = 6 }), Layer("cut", o => o with { Saturated = 0.02 }), Layer("norm", o => o with { SqnrDb = 20, Outliers = [new(3, 40)] }, "LayerNormalization"),
            Layer("image", o => o with { SqnrDb = 20, Outliers = [new(1, 9)] }), Layer("noise", o => o with { SqnrDb = 5 }), Layer("weak", o => o) with { Weight = new(-1, 1, 1, 1, 0, 12, []) { FourBitSqnrDb = 12 } },
            Layer("fine", o => o),
        ];
        IReadOnlyList<Advice> advice = Advice.Of(layers, new() { Bits = 4 }, null);
        Assert.Equal(["cut", "image", "noise", "norm", "tail", "weak"], advice.Select(a => a.Node).Order());
        Assert.Contains("--method percentile", Of("tail").Command);
        Assert.Contains("2.0 % of the values saturate", Of("cut").Problem);
        Assert.Equal(("channel 3 is 40 times the median channel", "--method smooth"), (Of("norm").Problem, Of("norm").Command));
        Assert.Equal("--method equalize", Of("image").Command);
        Assert.StartsWith("--max-drop 0.5", Of("noise").Command);
        Assert.Equal("--method gptq+bias-correction", Of("weak").Command);
        Assert.Contains("\"perChannel\": true", Advice.Of(layers, new() { Bits = 4, PerChannel = false }, null).Single(a => a.Node == "weak").Command);
        Assert.Contains("\"bits\": 8", Advice.Of(layers, new() { Bits = 4, Methods = [new Gptq()] }, null).Single(a => a.Node == "weak").Command);
        Assert.Empty(Advice.Of([layers[^1]], new(), null));

        Advice Of(string node) => advice.Single(a => a.Node == node);
    }

    // What is advised can be done: methods exist, configurations can be read.
    [Fact]
    public void Commands_are_ones_that_there_are()
    {
        LayerReport[] layers = [Layer("a/b.c", o => o with { SqnrDb = 5, Tail = 9, Saturated = 0.5, Outliers = [new(0, 10)] }) with { Weight = new(-1, 1, 1, 1, 0, 12, []) { FourBitSqnrDb = 12 } }];
        SensitivityReport sensitivity = new(95, 90, [new("a/b.c", 91, 94, null), new("other", 94, 90.5, null)]);
        IReadOnlyList<Advice> advice = Advice.Of(layers, new(), sensitivity);
        Assert.Equal(6, advice.Count);
        Assert.Contains("94.00 instead of 90.00", advice[0].Problem);
        foreach (string command in advice.Select(a => a.Command))
        {
            foreach (Match method in Methods().Matches(command)) _ = new QuantizeConfig().WithMethods(method.Groups[1].Value);
            foreach (Match json in Configs().Matches(command)) Assert.Equal(@"^a/b\.c$", QuantizeConfig.Parse(json.Value).Rules![0].Match);
        }
    }

    // In dB the float model has none to lose: three are enough.
    [Fact]
    public void Sensitivity_in_decibels_counts_gains_of_three()
    {
        SensitivityReport s = new(double.PositiveInfinity, 12, [new("a", 20, 16, null), new("b", 20, 14, null)]);
        Assert.Equal(["a"], Advice.Of([], new(), s).Select(a => a.Node));
        Assert.Empty(Advice.Of([], new(), new(90, 89.9, [new("a", 90, 90, null)])));
    }

    private static LayerReport Layer(string name, Func<ActivationReport, ActivationReport> change, string op = "Conv") =>
        new() { Node = name, Op = op, Executed = "uint8", Output = change(new(-1, 1, 0.01f, 128, 0, 40, [])) };

    [GeneratedRegex("--method (\\S+?)(,|$)")]
    private static partial Regex Methods();

    [GeneratedRegex("{.*}")]
    private static partial Regex Configs();
}
