using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Ops;
using MathNet.Numerics;

namespace Dyadic.Core.Tests.Ops;

public sealed class ElementwiseTests
{
    // Distance in units of the last place of the float32 result, over a dense grid and the extremes.
    [Theory]
    [InlineData("erf", -6, 6, 2)]
    [InlineData("gelu", -12, 12, 7)]
    [InlineData("tanh", -12, 12, 2)]
    [InlineData("sigmoid", -80, 20, 4)]
    [InlineData("softplus", -80, 20, 4)]
    [InlineData("exp", -87, 88, 2)]
    [InlineData("log", 1e-30, 50, 3)]
    public void Float32_functions_are_accurate(string name, double low, double high, double units)
    {
        float[] x = [.. Enumerable.Range(0, 200_001).Select(i => (float)(low + (high - low) * i / 200_000))];
        float[] y = Of(name, Tensor.Vector<float>(x)).ToArray<float>();
        double[] exact = Of(name, Tensor.Vector<double>(Array.ConvertAll(x, v => (double)v))).ToArray<double>();
        for (int i = 0; i < x.Length; i++)
        {
            double ulp = Math.Max(Math.Abs(MathF.BitIncrement((float)exact[i]) - (double)(float)exact[i]), 1e-38);
            Assert.True(Math.Abs(y[i] - exact[i]) <= units * ulp, $"{name}({x[i]:R}) = {y[i]:R}, exact {exact[i]:R}: {Math.Abs(y[i] - exact[i]) / ulp} units.");
        }
    }

    private static Tensor Of(string name, Tensor x) => name switch
    {
        "erf" => x.Erf(),
        "gelu" => x.Gelu(),
        "tanh" => x.Tanh(),
        "sigmoid" => x.Sigmoid(),
        "softplus" => x.Softplus(),
        "exp" => x.Exp(),
        _ => x.Log(),
    };

    [Fact]
    public void Float64_erf_matches_an_independent_implementation()
    {
        double[] x = [.. Enumerable.Range(-600, 1201).Select(i => i / 100.0)];
        double[] y = Tensor.Vector<double>(x).Erf().ToArray<double>();
        for (int i = 0; i < x.Length; i++) Assert.InRange(y[i] - SpecialFunctions.Erf(x[i]), -1e-14, 1e-14);
        double[] g = Tensor.Vector<double>(-8.0, -3, 0.5).Gelu().ToArray<double>();
        Assert.InRange(g[0] / (-4 * SpecialFunctions.Erfc(8 / Math.Sqrt(2))), 1 - 1e-12, 1 + 1e-12);
        Assert.InRange(g[1] / (-1.5 * SpecialFunctions.Erfc(3 / Math.Sqrt(2))), 1 - 1e-12, 1 + 1e-12);
    }

    [Fact]
    public void Special_values_go_where_the_standard_sends_them()
    {
        float inf = float.PositiveInfinity, nan = float.NaN;
        Tensor x = Tensor.Vector(-inf, -0f, 0f, inf, nan, 200f, -200f);
        Assert.Equal([-1f, -0f, 0f, 1f, nan, 1f, -1f], x.Erf().ToArray<float>());
        Assert.Equal([-1f, -0f, 0f, 1f, nan, 1f, -1f], x.Tanh().ToArray<float>());
        Assert.Equal([0f, 0.5f, 0.5f, 1f, nan, 1f, 0f], x.Sigmoid().ToArray<float>());
        Assert.Equal([0f, 0f, 0f, inf, nan, 200f, 0f], x.Relu().ToArray<float>());
        Assert.Equal([inf, 0f, nan], Tensor.Vector(inf, -inf, nan).Softplus().ToArray<float>());
        Assert.Equal([-1f, -0f, 0f, 1f, nan, 1f, -1f], x.Sign().ToArray<float>());
        Assert.Equal([-2f, 0f, 2f, 2f, 4f], Tensor.Vector(-1.5f, 0.5f, 1.5f, 2.5f, 3.5f).Round().ToArray<float>());
        Assert.Equal([nan, nan], Tensor.Vector(1f, nan).Min(Tensor.Vector(nan, 1f)).ToArray<float>());
        Assert.Equal([nan, nan], Tensor.Vector(1f, nan).Max(Tensor.Vector(nan, 1f)).ToArray<float>());
    }

    [Fact]
    public void No_value_depends_on_where_it_stands()
    {
        float[] x = Tensor.Uniform(Shape.Of(67), new Rng(5), -3, 3).ToArray<float>();
        foreach (Op op in (Op[])[new Exp(), new Erf(), new Tanh(), new Gelu(), new Gelu(true), new Sigmoid(), new Softplus()])
        {
            float[] whole = Tensor.Vector<float>(x).Apply(op).ToArray<float>();
            for (int i = 0; i < x.Length; i++)
            {
                foreach (int n in (int[])[1, 3, 9])
                {
                    float[] part = Tensor.Vector<float>(x.AsSpan(i, Math.Min(n, x.Length - i))).Apply(op).ToArray<float>();
                    Assert.True(part.AsSpan().SequenceEqual(whole.AsSpan(i, part.Length)), $"{op} at {i}");
                }
            }
        }
    }

    [Fact]
    public void Threads_change_no_bit_of_large_tensors()
    {
        Rng rng = new(9);
        Tensor x = Tensor.Uniform(Shape.Of(33, 7, 61, 29), rng.Split("x"), 0.1f, 3), channel = Tensor.Uniform(Shape.Of(1, 7, 1, 1), rng.Split("c"), 0.1f, 3);
        foreach (Op op in (Op[])[new Add(), new Div(), new Pow(), new Max(), new LeakyReluGradient(0.1f), new Greater()]) Same(op, x, channel);
        foreach (Op op in (Op[])[new Exp(), new Gelu(), new Relu(), new Cast(DType.Int8), new Cast(DType.Float16)]) Same(op, x);
        foreach (Dims axes in (Dims[])[[], [0], [3], [0, 2, 3], [1, 3], [0, 1, 2]])
            foreach (Op op in (Op[])[new ReduceSum(axes, false), new ReduceMean(axes, true), new ReduceMax(axes, false)]) Same(op, x);
        Same(new ArgMax(1, false, false), x);
    }

    private static void Same(Op op, params Tensor[] inputs)
    {
        byte[] expected = Run(op, inputs, 1);
        foreach (int threads in (int[])[2, 4]) Assert.True(expected.AsSpan().SequenceEqual(Run(op, inputs, threads)), $"{op} with {threads} threads");
    }

    private static byte[] Run(Op op, Tensor[] inputs, int threads)
    {
        Tensor y = op.Forward(inputs, new ExecutionMode(ExecutionMode.BestWidth, threads))[0];
        return y.Bytes().ToArray();
    }

    [Fact]
    public void Sums_of_many_terms_keep_their_digits()
    {
        // 2²² terms of 0.1f: a running float32 sum is wrong in the third digit.
        Tensor x = Tensor.Full(Shape.Of(1 << 22), 0.1);
        Assert.InRange(x.ReduceSum().Item<float>() / (0.1f * (1 << 22)), 1 - 4e-7, 1 + 4e-7);
        Tensor columns = Tensor.Full(Shape.Of(1 << 20, 4), 0.1).ReduceSum([0]);
        Assert.All(columns.ToArray<float>(), v => Assert.InRange(v / (0.1f * (1 << 20)), 1 - 4e-7, 1 + 4e-7));
    }

    [Fact]
    public void Reductions_equal_plain_loops_over_every_choice_of_axes()
    {
        int[] dims = [2, 3, 1, 4, 5];
        Tensor x = Tensor.From([.. Enumerable.Range(0, 120).Select(i => i * 37 % 101 - 50)], Shape.Of(dims));
        int[] values = x.ToArray<int>();
        for (int mask = 1; mask < 32; mask++)
        {
            int[] axes = [.. Enumerable.Range(0, 5).Where(i => (mask >> i & 1) == 1)];
            Dictionary<int, List<int>> groups = [];
            for (int i = 0; i < values.Length; i++)
            {
                int key = 0, rest = i;
                for (int a = 4, unit = 1; a >= 0; rest /= dims[a], unit *= dims[a], a--) key += axes.Contains(a) ? 0 : rest % dims[a] * unit;
                if (!groups.TryGetValue(key, out List<int>? group)) groups[key] = group = [];
                group.Add(values[i]);
            }
            List<int>[] expected = [.. groups.OrderBy(g => g.Key).Select(g => g.Value)];
            Dims reduced = Dims.Create(axes);
            Assert.Equal(expected.Select(g => g.Sum()), x.ReduceSum(reduced).ToArray<int>());
            Assert.Equal(expected.Select(g => g.Max()), x.ReduceMax(reduced, keepDims: true).ToArray<int>());
            Assert.Equal(expected.Select(g => g.Min()), x.ReduceMin(reduced).ToArray<int>());
            Assert.Equal(expected.Select(g => (float)g.Sum() / g.Count), x.Cast(DType.Float32).ReduceMean(reduced).ToArray<float>());
        }
    }

    [Fact]
    public void Broadcasting_equals_plain_index_arithmetic()
    {
        int[][] shapes = [[], [1], [5], [4, 1], [3, 1, 1], [3, 4, 5], [1, 4, 1], [2, 1, 1, 5], [2, 3, 4, 1], [2, 3, 4, 5], [1, 3, 1, 5]];
        foreach (int[] a in shapes)
        {
            foreach (int[] b in shapes)
            {
                Tensor x = Counted(a, 1), z = Counted(b, 1000), y = x - z;
                int[] p = x.ToArray<int>(), q = z.ToArray<int>(), dims = y.Shape.ToArray(), actual = y.ToArray<int>();
                for (int i = 0; i < actual.Length; i++) Assert.Equal(p[IndexIn(a, dims, i)] - q[IndexIn(b, dims, i)], actual[i]);
            }
        }
    }

    private static Tensor Counted(int[] dims, int unit)
    {
        Shape shape = Shape.Of(dims);
        return Tensor.From([.. Enumerable.Range(1, shape.Length).Select(i => i * unit)], shape);
    }

    private static int IndexIn(int[] dims, int[] output, int position)
    {
        int index = 0, unit = 1;
        for (int i = 1; i <= output.Length; position /= output[^i], i++)
        {
            if (i > dims.Length) continue;
            index += (dims[^i] == 1 ? 0 : position % output[^i]) * unit;
            unit *= dims[^i];
        }
        return index;
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        Tensor a = Tensor.Zeros(Shape.Of(2, 3)), b = Tensor.Zeros(Shape.Of(2, 4));
        Assert.Contains("[2, 3]", Assert.Throws<ShapeException>(() => a + b).Message);
        Assert.Contains("Cast", Assert.Throws<ShapeException>(() => a + b.Cast(DType.Int32)).Message);
        Assert.Contains("twice", Assert.Throws<ShapeException>(() => a.ReduceSum([1, -1])).Message);
        Assert.Contains("axis 2", Assert.Throws<ShapeException>(() => a.ReduceSum([2])).Message);
        Assert.Throws<ShapeException>(() => a.SumTo(Shape.Of(4, 3)));
    }

    [Fact]
    public void Empty_tensors_pass()
    {
        Tensor x = Tensor.Zeros(Shape.Of(0, 3));
        Assert.Equal(Shape.Of(0, 3), (x + 1).Exp().Shape);
        Assert.Equal([0f, 0f, 0f], x.ReduceSum([0]).ToArray<float>());
        Assert.Empty(x.ReduceMax([1]).ToArray<float>());
        Assert.Throws<Runtime.PlanException>(() => x.ReduceMax([0]));
    }

    [Fact]
    public void Integers_and_sixteen_bit_floats_compute()
    {
        Tensor a = Tensor.Vector(7, -7, 3), b = Tensor.Vector(2, 2, -1);
        Assert.Equal([3, -3, -3], (a / b).ToArray<int>());
        Assert.Equal([49, 49, 0], a.Pow(b).ToArray<int>());
        Assert.Equal([7, 7, 3], a.Abs().ToArray<int>());
        Assert.Equal([4, -4, 3], a.Clip(-4, 4).ToArray<int>());
        foreach (DType type in (DType[])[DType.Float16, DType.BFloat16])
        {
            Tensor x = Tensor.Vector(0.5f, -1.5f, 2f).Cast(type), y = (x * x + 1).Relu();
            Assert.Equal([1.25f, 3.25f, 5f], y.Cast(DType.Float32).ToArray<float>());
            Assert.Equal(type, y.Type);
        }
    }

    [Fact]
    public void Casts_follow_the_documented_rules()
    {
        Tensor x = Tensor.Vector(-1.9f, 1.9f, 300f, -300f, float.NaN, 3e9f);
        Assert.Equal([-1, 1, 127, -128, 0, 127], x.Cast(DType.Int8).ToArray<sbyte>().Select(v => (int)v));
        Assert.Equal([0, 1, 255, 0, 0, 255], x.Cast(DType.UInt8).ToArray<byte>().Select(v => (int)v));
        Assert.Equal([-1, 1, 300, -300, 0, int.MaxValue], x.Cast(DType.Int32).ToArray<int>());
        Assert.Equal([44, -44], Tensor.Vector(300, -300).Cast(DType.Int8).ToArray<sbyte>().Select(v => (int)v));
        Assert.Equal([true, false, true], Tensor.Vector(0.1f, -0f, float.NaN).Cast(DType.Bool).ToArray<bool>());
        Assert.Equal([1f, 0f], Tensor.Vector(true, false).Cast(DType.Float32).ToArray<float>());
    }

    [Fact]
    public void Every_pair_of_types_casts_small_integers_exactly()
    {
        Tensor x = Tensor.Vector(0.0, 1, 2, 100);
        DType[] types = [.. Enum.GetValues<DType>().Where(t => t.IsFloat() || t.IsInteger())];      // the others hold few numbers
        foreach (DType from in types)
            foreach (DType to in types)
                Assert.Equal([0.0, 1, 2, 100], x.Cast(from).Cast(to).Cast(DType.Float64).ToArray<double>());
    }

    [Fact]
    public void Arguments_of_extremes_choose_among_ties_and_see_nan()
    {
        Tensor x = Tensor.From([1f, 3, 3, 0, float.NaN, 9], Shape.Of(2, 3));
        Assert.Equal([1L, 1], x.ArgMax(1).ToArray<long>());
        Assert.Equal([2L, 1], x.ArgMax(1, selectLast: true).ToArray<long>());
        Assert.Equal([0L, 1], x.ArgMin(-1).ToArray<long>());
        Assert.Equal(Shape.Of(1, 3), x.ArgMax(0, keepDims: true).Shape);
        Assert.Equal([0L, 1, 1], x.ArgMax(0).ToArray<long>());
    }
}
