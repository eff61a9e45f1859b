using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Numerics.Emulation;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ir.Stability;

public sealed class StabilityTests
{
    // y = (x·w + 10⁴) − 10⁴: the sum keeps about 10 of the 24 bits behind the point, and the difference has no more.
    [Fact]
    public void A_planted_cancellation_is_found_first()
    {
        (Graph graph, Tensor x) = Cancelling();
        StabilityReport report = StabilityAnalysis.Run(graph, [x], seed => Arithmetic.Parse("mca:24:rr", seed));
        Assert.Equal("difference", report.ByLoss[0].Node);
        Assert.InRange(report.ByLoss[0].Lost, 7, 16);
        Assert.True(report.ByLoss[1].Lost < report.ByLoss[0].Lost - 5);
        Assert.Contains(report.ByBits[0].Node, (string[])["difference", "relu"]);
        ValueStability product = report.Values.Single(v => v.Node == "product"), difference = report.Values.Single(v => v.Node == "difference");
        Assert.InRange(product.Bits, 19, 23);
        Assert.InRange(difference.Bits, 3, 14);
        Assert.True(difference.LeastBits <= difference.LowBits && difference.LowBits <= difference.Bits && difference.Bits < difference.Contributing);
        Assert.Equal(difference.Bits * 0.30103, difference.Digits, 3);
        Assert.Equal(30, report.Runs.Count);
    }

    // Variance as E[x²] − E[x]² with a mean of 10⁴ against Σ(x − mean)²/n: at least 3 decimal digits less.
    [Fact]
    public void The_unstable_variance_of_the_specification_is_detected()
    {
        GraphBuilder b = new("variance");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(8, 64)));
        Value mean = b.Add("mean", new ReduceMean([1], true), x);
        Value unstable = b.Add("unstable", new Sub(), b.Add("meanOfSquares", new ReduceMean([1], true), b.Add("squares", new Mul(), x, x)), b.Add("squareOfMean", new Mul(), mean, mean));
        Value centered = b.Add("centered", new Sub(), x, mean);
        Value stable = b.Add("stable", new ReduceMean([1], true), b.Add("centeredSquares", new Mul(), centered, centered));
        b.Output(unstable);
        b.Output(stable);
        Tensor data = Tensor.Normal(Shape.Of(8, 64), new Rng(1)) + 1e4;
        StabilityReport report = StabilityAnalysis.Run(b.Build(), [data], seed => Arithmetic.Parse("mca:24:rr", seed));
        Assert.True(report.Outputs[0].Digits < report.Outputs[1].Digits - 3);
        Assert.Equal("unstable", report.ByLoss[0].Node);
    }

    [Fact]
    public void The_same_seed_gives_the_same_report()
    {
        (Graph graph, Tensor x) = Cancelling();
        StabilityReport Run(ulong seed) => StabilityAnalysis.Run(graph, [x], s => Arithmetic.Parse("mca:20:full", s), new() { Samples = 5, Seed = seed });
        Assert.Equal(Run(3).Values, Run(3).Values);
        Assert.NotEqual(Run(3).Values, Run(4).Values);
    }

    [Fact]
    public void One_sample_is_refused()
    {
        (Graph graph, Tensor x) = Cancelling();
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => StabilityAnalysis.Run(graph, [x], s => Arithmetic.Parse("mca:24", s), new() { Samples = 1 })).Message);
    }

    // The outputs are 1 + 2⁻⁶ against 1, so that a choice by > needs 6 mantissa bits, and 2¹⁰ as a value needs 5 exponent bits (emax = 15; 4 bits reach 2⁷).
    [Fact]
    public void The_smallest_format_is_found()
    {
        GraphBuilder b = new("choice");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(1, 2)));
        b.Output(b.Add("scaled", new Mul(), x, b.Constant("c", Tensor.Scalar(1024))));
        Tensor data = Tensor.From([1 + (1 / 64f), 1], Shape.Of(1, 2));
        FormatSearchResult found = FormatSearch.Run(b.Build(), [data], EmulationMode.Outbound, y => y[0].ToArray<float>() is [var p, var q] && p > q ? 1 : 0, 1);
        Assert.Equal((5, 6), (found.Smallest!.ExponentBits, found.Smallest.MantissaBits));
        Assert.Equal([(8, 6), (7, 6), (6, 6), (5, 6)], found.Frontier.Select(f => (f.ExponentBits, f.MantissaBits)));
        Assert.Contains(found.Tried, f => f is { ExponentBits: 8, MantissaBits: 5, Kept: false });
        Assert.True(found.Tried.Count < 16);
    }

    [Fact]
    public void There_may_be_no_such_format()
    {
        (Graph graph, Tensor x) = Cancelling();
        FormatSearchResult none = FormatSearch.Run(graph, [x], EmulationMode.Outbound, _ => 0, 1);
        Assert.Null(none.Smallest);
        Assert.Equal(2, none.Tried.Count);
    }

    private static (Graph, Tensor) Cancelling()
    {
        GraphBuilder b = new("cancelling");
        Value x = b.Input("x", new(DType.Float32, Shape.Of(4, 16)));
        Value product = b.Add("product", new MatMul(), x, b.Constant("w", Tensor.Uniform(Shape.Of(16, 20), new Rng(1), 0.1f, 1)));
        Value sum = b.Add("sum", new Add(), product, b.Constant("big", Tensor.Scalar(1e4)));
        Value difference = b.Add("difference", new Sub(), sum, b.Constant("same", Tensor.Scalar(1e4)));
        b.Output(b.Add("relu", new Relu(), difference));
        return (b.Build(), Tensor.Uniform(Shape.Of(4, 16), new Rng(2), 0.1f, 1));
    }
}
