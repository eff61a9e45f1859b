using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Ops on tensors of strings.</summary>
public sealed class StringOpTests
{
    private static Tensor Strings(params string[] values) => Tensor.FromStrings(values, Shape.Of(values.Length));

    private static bool Takes(OpCase c) => c.Op is IStringOp { TakesStrings: true } and not (Cast or NGramCount);

    // Every number by its rank among all of them, and by a word for that rank.
    private static (Tensor[] Ranks, Tensor[] Words) Ranked(OpCase c)
    {
        Tensor[] inputs = c.Inputs(new Rng(3));
        double[] all = [.. inputs.Where(t => t.Type == DType.Float64).SelectMany(t => t.ToArray<double>()).Distinct().Order()];
        Tensor[] ranks = [.. inputs.Select(t => t.Type == DType.Float64 ? Tensor.From(Array.ConvertAll(t.ToArray<double>(), v => Array.BinarySearch(all, v)), t.Shape) : t)];
        return (ranks, [.. ranks.Select((t, i) => inputs[i].Type == DType.Float64 ? Tensor.FromStrings(Array.ConvertAll(t.ToArray<int>(), Word), t.Shape) : t)]);
    }

    private static string Word(int rank) => $"word {rank}";

    [Fact]
    public void Ops_that_take_strings_move_them_as_they_move_numbers()
    {
        OpCase[] cases = [.. OpCases.All.Where(Takes)];
        Assert.True(cases.Length >= 20, $"{cases.Length}");
        foreach (OpCase c in cases)
        {
            (Tensor[] ranks, Tensor[] words) = Ranked(c);
            Tensor[] expected = Door.Run(c.Op, ranks), actual = Door.Run(c.Op, words);
            foreach ((Tensor e, Tensor y) in expected.Zip(actual))
            {
                Assert.Equal(e.Shape, y.Shape);
                if (y.Type == DType.String) Assert.Equal(Array.ConvertAll(e.ToArray<int>(), Word), y.ToStrings());
                else Assert.Equal(e.ToBytes(), y.ToBytes());
            }
        }
    }

    [Fact]
    public void Other_ops_refuse_strings_by_name_in_runs_and_in_graphs()
    {
        int refused = 0;
        foreach (OpCase c in OpCases.All.Where(c => c.Op is not IStringOp { TakesStrings: true }))
        {
            (_, Tensor[] words) = Ranked(c);
            if (!words.Any(t => t.Type == DType.String)) continue;
            Assert.Contains($"{c.Op.Name}: an input is string", Assert.Throws<ShapeException>(() => Door.Run(c.Op, words)).Message);
            GraphBuilder b = new("g");
            Value[] values = [.. words.Select((t, i) => b.Input($"x{i}", t.TensorType))];
            Assert.Contains("Cast the strings first", Assert.Throws<ShapeException>(() => b.AddNode("n", c.Op, values, null)).Message);
            refused++;
        }
        Assert.True(refused >= 80);
    }

    [Fact]
    public void Arithmetics_leave_strings_alone()
    {
        foreach (Arithmetic arithmetic in (Arithmetic[])[Arithmetic.Integer(8, 1), Arithmetic.Parse("e5m2")])
            using (Arithmetic.Use(arithmetic))
            {
                Assert.Equal(["a", "b", "a"], Tensor.Concat(0, Strings("a", "b"), Strings("a")).ToStrings());
                Assert.Equal(["0.1"], Tensor.Vector(0.1f).Cast(DType.String).ToStrings());
            }
    }

    [Fact]
    public void Strings_are_equal_where_all_their_characters_are()
    {
        Assert.Equal([true, false, false, true], Strings("a", "A", "a ", "").Equal(Strings("a", "a", "a", "")).ToArray<bool>());
        Assert.Equal([false, true], Strings("x", "y").Equal(Strings("y")).ToArray<bool>());
        Assert.Equal(["x", "z"], Tensor.Vector(true, false).Where(Strings("x", "y"), Strings("q", "z")).ToStrings());
    }

    [Fact]
    public void Different_strings_ascend_by_code_points()
    {
        (Tensor values, Tensor first, Tensor inverse, Tensor counts) = Strings("b", "𝄞", "a", "\uFFFD", "b").Unique();
        Assert.Equal(["a", "b", "\uFFFD", "𝄞"], values.ToStrings());
        Assert.Equal([2L, 0, 3, 1], first.ToArray<long>());
        Assert.Equal([1L, 3, 0, 2, 1], inverse.ToArray<long>());
        Assert.Equal([1L, 2, 1, 1], counts.ToArray<long>());
        Assert.Equal(["𝄞", "a"], Strings("b", "𝄞", "a").Compress(Tensor.Vector(false, true, true)).ToStrings());
    }

    // str() of NumPy 1.24 but for the last three, which are ONNX's words.
    [Fact]
    public void Floats_are_written_as_numpy_writes_them()
    {
        Assert.Equal(
            ["1.0", "123456790.0", "9.9e-05", "1.5e-05", "1e-05", "3.4e+38", "0.0", "-0.0", "0.1", "0.0001001", "16777216.0", "-2.5", "NaN", "INF", "-INF"],
            Tensor.Vector(1f, 123456789f, 9.9e-5f, 1.5e-5f, 1e-5f, 3.4e38f, 0f, -0f, 0.1f, 0.0001001f, 16777216f, -2.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity).Cast(DType.String).ToStrings());
        Assert.Equal(["0.1", "1000000000000000.0", "1e+16", "1.7976931348623157e+308", "0.30000000000000004"], Tensor.Vector(0.1, 1e15, 1e16, double.MaxValue, 0.1 + 0.2).Cast(DType.String).ToStrings());
        Assert.Equal(["0.1", "65500.0"], Tensor.Vector((Half)0.1, Half.MaxValue).Cast(DType.String).ToStrings());
        Assert.Equal(["1.5", "448.0"], Tensor.Vector(1.5f, 448f).Cast(DType.Float8E4M3FN).Cast(DType.String).ToStrings());
        Assert.Equal(["-8", "7"], Tensor.Vector(-8f, 7f).Cast(DType.Int4).Cast(DType.String).ToStrings());
        Assert.Equal(["True", "False"], Tensor.Vector(true, false).Cast(DType.String).ToStrings());
        Assert.Equal(["18446744073709551615"], Tensor.Vector(ulong.MaxValue).Cast(DType.String).ToStrings());
    }

    [Fact]
    public void Numbers_come_back_from_their_text()
    {
        Rng rng = new(7);
        Tensor singles = Tensor.Vector<float>([.. Enumerable.Range(0, 2000).Select(_ => BitConverter.UInt32BitsToSingle(rng.NextUInt32())).Where(float.IsFinite)]);
        Assert.Equal(singles.ToBytes(), singles.Cast(DType.String).Cast(DType.Float32).ToBytes());
        Tensor doubles = Tensor.Vector<double>([.. Enumerable.Range(0, 2000).Select(_ => BitConverter.UInt64BitsToDouble(rng.NextUInt64())).Where(double.IsFinite)]);
        Assert.Equal(doubles.ToBytes(), doubles.Cast(DType.String).Cast(DType.Float64).ToBytes());
        Tensor halves = Tensor.Vector<Half>([.. Enumerable.Range(0, 1 << 16).Select(b => BitConverter.UInt16BitsToHalf((ushort)b)).Where(Half.IsFinite)]);
        Assert.Equal(halves.ToBytes(), halves.Cast(DType.String).Cast(DType.Float16).ToBytes());
        foreach (DType type in Enum.GetValues<DType>().Where(t => t != DType.String))
        {
            Tensor x = Tensor.Vector(0.0, 1, 7).Cast(type);
            Assert.Equal(x.ToBytes(), x.Cast(DType.String).Cast(type).ToBytes());
        }
    }

    [Fact]
    public void Text_is_read_as_the_standard_says()
    {
        Assert.Equal([0.478925f, float.NaN, float.PositiveInfinity, float.PositiveInfinity, float.NegativeInfinity, 1e8f, 1e-5f, 100.5f], Strings("0.478925", "nAn", "INF", "+inf", "-Inf", "1E8", "1e-5", " 100.5 ").Cast(DType.Float32).ToArray<float>());
        Assert.Equal([100L, -100, 9007199254740993, 1000], Strings("100.5", "-100.5", "9007199254740993", "1e3").Cast(DType.Int64).ToArray<long>());
        Assert.Equal([ulong.MaxValue], Strings("18446744073709551615").Cast(DType.UInt64).ToArray<ulong>());
        Assert.Equal([true, false, true, false], Strings("true", "False", "2", "0.0").Cast(DType.Bool).ToArray<bool>());
        foreach ((string text, DType type) in ((string, DType)[])[("Hello World!", DType.Float32), ("", DType.Int32), ("128", DType.Int8), ("-1", DType.UInt8), ("16", DType.UInt4), ("NaN", DType.Int64), ("1e300", DType.Int64), ("yes", DType.Bool)])
            Assert.Contains($"element 1, \"{text}\", is no {type}", Assert.Throws<PrecisionException>(() => Strings("1", text).Cast(type)).Message);
        Assert.Contains(new string('x', 40) + "…", Assert.Throws<PrecisionException>(() => Strings(new string('x', 100)).Cast(DType.Int8)).Message);
    }

    [Fact]
    public void Normalised_words_are_no_stopwords_and_of_one_case()
    {
        Tensor words = Strings("Monday", "tuesday", "ÄRGER", "MONDAY");
        Tensor Of(LetterCase letters, bool sensitive, params string[] stopwords) => words.Apply(new StringNormalizer(letters, sensitive, [.. stopwords]));
        Assert.Equal(["Monday", "tuesday", "ÄRGER", "MONDAY"], Of(LetterCase.Keep, false).ToStrings());
        Assert.Equal(["tuesday", "ärger"], Of(LetterCase.Lower, false, "monday").ToStrings());
        Assert.Equal(["MONDAY", "TUESDAY", "ÄRGER"], Of(LetterCase.Upper, true, "MONDAY", "ärger").ToStrings());
        Assert.Equal(["Monday", "MONDAY"], Of(LetterCase.Keep, false, "TUESDAY", "Ärger").ToStrings());
        Assert.Equal([""], Of(LetterCase.Keep, false, "monday", "tuesday", "ärger").ToStrings());
        Tensor row = words.Reshape(1, -1).Apply(new StringNormalizer(LetterCase.Upper, false, ["monday"]));
        Assert.Equal("string[1, 2]", row.TensorType.ToString());
        Assert.Equal("string[1, 1]", Tensor.FromStrings([], [1, 0]).Apply(new StringNormalizer(LetterCase.Keep, true, [])).TensorType.ToString());
        Assert.Contains("strings [n] or [1, n] are needed", Assert.Throws<ShapeException>(() => words.Reshape(2, 2).Apply(new StringNormalizer(LetterCase.Keep, true, []))).Message);
        Assert.Contains("x is float32[1]", Assert.Throws<ShapeException>(() => Tensor.Zeros([1]).Apply(new StringNormalizer(LetterCase.Keep, true, []))).Message);
    }

    [Fact]
    public void N_grams_of_words_are_counted_as_those_of_numbers()
    {
        string[] words = ["red", "green", "blue"];
        NGramCount numbers = new([0, 1, 0, 1, 2, 0], [0, 2], [3, 0, 1, 2], 1, 2, 1), named = numbers with { Words = [.. words] };
        int[] items = [0, 1, 2, 0, 3, 1, 0, 2];
        Tensor text = Tensor.FromStrings([.. items.Select(i => i < 3 ? words[i] : "other")], [2, 4]);
        Assert.Equal(Tensor.From(items, [2, 4]).Apply(numbers).ToArray<float>(), text.Apply(named).ToArray<float>());
        Assert.Contains("a row or a matrix of strings is needed", Assert.Throws<ShapeException>(() => Tensor.From(items, [2, 4]).Apply(named)).Message);
        Assert.Throws<ShapeException>(() => text.Apply(numbers));
        Assert.NotEqual(named, numbers);
    }
}
