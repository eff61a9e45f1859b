using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Numerics.Digits;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Guides;

/// <summary>The code of docs/guides/numerical-analysis.md, run; the last test compares it with the page. Its commands are run by the tests of the command line.</summary>
public sealed class NumericalAnalysisGuideTests
{
    [Fact]
    public void Digits_of_a_network_and_of_its_outputs()
    {
        Module model = new Sequential(new Linear(20, 24, new Rng(1)), new Dyadic.Nn.Gelu(), new Linear(24, 3, new Rng(2)));
        Tensor images = Tensor.Normal(Shape.Of(4, 20), new Rng(3)), labels = Tensor.Vector<long>(0, 1, 2, 0);
        Graph graph = model.Trace(Shape.Of(20), "small");

        StabilityReport report = StabilityAnalysis.Run(graph, [images], seed => Arithmetic.Parse("mca:24:rr", seed));
        ValueStability worst = report.ByLoss[0];          // worst.Node, worst.Bits, worst.Lost
        Assert.InRange(worst.Bits, 15, 23);

        using (Arithmetic.Use(Arithmetic.Parse("e5m2")))
        {
            Tensor loss = Losses.CrossEntropy(model.Forward(images), labels);
            loss.Backward();
        }
        DigitStatistics digits = DigitStatistics.Against<float>(model.Forward(images).ToArray<float>());
        for (ulong s = 0; s < 30; s++)
        {
            using IDisposable scope = Arithmetic.Use(Arithmetic.Parse("mca:24:rr", s));
            digits.Add<float>(model.Forward(images).ToArray<float>());
        }
        double bits = digits.Cnh(0);                      // of element 0, with 95 % confidence
        Assert.InRange(bits, 15, 23);
        Assert.All(model.Parameters(), p => Assert.NotNull(p.Grad));
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf("numerical-analysis.md", "tests/Dyadic.Core.Tests/Guides/NumericalAnalysisGuideTests.cs", 2);
}
