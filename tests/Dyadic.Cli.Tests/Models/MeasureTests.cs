using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Tests.Models;

/// <summary>Closed forms of what commands compute.</summary>
public sealed class MeasureTests
{
    [Fact]
    public void Distance_has_its_closed_forms()
    {
        // a = (3, 4), b = (3, 3): Σa² = 25, Σ(a − b)² = 1, Σab = 21, Σb² = 18.
        Distance d = Distance.Between("y", Tensor.Vector<float>(3, 4), Tensor.Vector<float>(3, 3));
        Assert.Equal(1, d.MaxAbs);
        Assert.Equal(10 * Math.Log10(25), d.SqnrDb, 1e-12);
        Assert.Equal(21 / Math.Sqrt(25 * 18), d.Cosine, 1e-12);
        Distance same = Distance.Between("y", Tensor.Vector<float>(0, 0), Tensor.Vector<float>(0, 0));
        Assert.Equal((0, double.PositiveInfinity, 1), (same.MaxAbs, same.SqnrDb, same.Cosine));
        Assert.Throws<ShapeException>(() => Distance.Between("y", Tensor.Vector<float>(1), Tensor.Vector<float>(1, 2)));
    }

    [Fact]
    public void Agreement_has_its_closed_forms()
    {
        // Output 0: Σa² = 25, Σ(a − b)² = 1, one of two equal; output 1 equal: 3 of 4 values, and the worse of both ratios.
        Tensor[] a = [Tensor.Vector<float>(3, 4), Tensor.Vector<int>(7, -8)], b = [Tensor.Vector<float>(3, 3), Tensor.Vector<int>(7, -8)];
        Agreement found = Agreement.Of(a, b);
        Assert.Equal(10 * Math.Log10(25), found.SqnrDb, 1e-12);
        Assert.Equal((1, 0.75), (found.MaxAbs, found.Equal));
        Assert.Equal(new Agreement(double.PositiveInfinity, 0, 1), Agreement.Of(a, a));
        Assert.Equal(1, Agreement.Of([Tensor.Vector<float>(0, float.NaN)], [Tensor.Vector<float>(-0f, float.NaN)]).Equal);
        Assert.Throws<ShapeException>(() => Agreement.Of(a, b[..1]));
        Assert.Throws<ShapeException>(() => Agreement.Of(a, [b[1], Tensor.Vector<float>(1)]));
    }

    [Fact]
    public void Tensors_are_read_back_from_their_bytes()
    {
        Tensor[] tensors = [Tensor.Vector<float>(1.5f, -2), Tensor.Vector<sbyte>(-3, 4), Tensor.Vector<byte>(250), Tensor.Vector<long>(1L << 40), Tensor.Vector<bool>(true, false), Tensor.Vector<Half>((Half)0.25f)];
        foreach (Tensor t in tensors) Assert.Equal(Numbers.Floats(t), Numbers.Floats(Numbers.Read(Numbers.Bytes(t), t.Type, t.Shape)));
    }

    [Fact]
    public void A_start_opens_until_a_median_can_be_taken()
    {
        Sleeper sleeper = new(1) { Model = "a", Engine = "dyadic", Threads = 1, Batch = 1 };
        sleeper.Start(default);
        Assert.Equal(5, sleeper.Openings);
        Assert.True(sleeper.First.FirstRunMs >= 1);
        Assert.True(sleeper.First.FirstMs >= sleeper.First.FirstRunMs);
        Assert.Equal("a", sleeper.File);
    }

    [Fact]
    public void Number_lists_are_parsed_or_refused()
    {
        Assert.Equal([2, 1, 16], NumberList.Parse("--n", "2, 1,16"));
        foreach (string wrong in (string[])["", "a", "0", "-1", "1,", ",1", "1;2", "1,1", "9", "1e1", "99999999999"])
            Assert.Contains("--n is", Assert.Throws<UsageException>(() => NumberList.Parse("--n", wrong, most: 8)).Message);
    }

    [Fact]
    public void The_first_of_equal_scores_is_the_class()
    {
        Tensor scores = Tensor.From([1f, 1, 0, 0, 2, 2, -1, -3, -1], Shape.Of(3, 3));
        Assert.Equal([0, 1, 0], Predictions.Top1(scores)!);
        Assert.Equal([0, 1, 0], Predictions.Top1(scores.Cast(DType.Int8))!);
        Assert.Equal(2, Predictions.Correct(scores, [0, 2, 0], 1));
        Assert.Equal(3, Predictions.Correct(scores, [1, 2, 2], 2));
        Assert.Equal(0, Predictions.Correct(scores, [2, 0, 1], 2));
        Assert.Equal([7, 9], Predictions.Top1(Tensor.Vector<long>(7, 9))!);
        Assert.Null(Predictions.Top1(Tensor.Zeros(Shape.Of(2, 3, 4))));
    }

    [Fact]
    public void The_median_is_in_the_middle()
    {
        Assert.Equal(3, Interleaved.Median([5, 3, 1]));
        Assert.Equal(2.5, Interleaved.Median([4, 1, 2, 3]));
    }

    [Fact]
    public void Ratios_are_medians_of_rounds_against_the_baseline()
    {
        Sleeper first = new(1) { Model = "a", Engine = "dyadic", Threads = 1, Batch = 1 }, second = new(1) { Model = "b", Engine = "dyadic", Threads = 1, Batch = 1 };
        IReadOnlyList<BenchRow> rows = Interleaved.Measure([first, second], 4, _ => { }, default);
        Assert.Equal(1, rows[0].Ratio);
        Assert.Equal("a in dyadic", rows[1].Baseline);
        Assert.Equal(Interleaved.Median(first.Rounds.Zip(second.Rounds, (a, b) => a / b)), rows[1].Ratio);
        Assert.Equal(4, second.Rounds.Count);
    }

    [Theory]
    [InlineData("uint8 scale=0.5 zero=3", true)]
    [InlineData("int8 scale=1E-05 zero=-128", true)]
    [InlineData("int8 scale=0 zero=0", false)]
    [InlineData("int8 scale=-1 zero=0", false)]
    [InlineData("uint8 scale=1 zero=-1", false)]
    [InlineData("uint8 scale=1 zero=256", false)]
    [InlineData("uint8 scale=1e999 zero=0", false)]
    [InlineData("float scale=1 zero=0", false)]
    [InlineData("", false)]
    public void Codes_are_read_from_metadata_with_care(string text, bool valid)
    {
        GraphBuilder b = new("g");
        Value x = b.Input("x", new(DType.UInt8, Shape.Of(2)));
        b.Output(b.Add("y", new Identity(), x));
        b.Metadata("dyadic.codes.x", text);
        Assert.Equal(valid, CodeParams.Of(b.Build(), "x") is not null);
    }

    [Fact]
    public void Codes_quantise_and_back()
    {
        CodeParams codes = new(DType.UInt8, 0.5f, 3);
        Tensor q = codes.Quantize(Tensor.Vector<float>(-9, -1.5f, 0, 0.25f, 0.75f, 1000));
        Assert.Equal(new byte[] { 0, 0, 3, 3, 5, 255 }, q.ToArray<byte>());      // ties to even: 0.5 → 0, 1.5 → 2
        Assert.Equal([-1.5f, -1.5f, 0, 0, 1, 126], codes.Dequantize(q).ToArray<float>());
    }

    [Fact]
    public void Sizes_are_parsed_or_refused()
    {
        Assert.Equal(16, SharedOptions.Parse(["a=b=16"])["a=b"]);
        foreach (string wrong in (string[])["a", "a=", "=3", "a=0", "a=-1", "a=1e3"]) Assert.Throws<UsageException>(() => SharedOptions.Parse([wrong]));
    }

    private sealed class Sleeper(int milliseconds) : BenchSubject
    {
        public int Openings { get; private set; }

        public override void Load() => Openings++;

        public override void Plan()
        {
        }

        public override void Close()
        {
        }

        public override void Run() => Thread.Sleep(milliseconds);

        public override Tensor[] Outputs() => [];
    }
}
