using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Core.Tests.Ops;

public sealed class MovementTests
{
    private static IEnumerable<Rng> Trials(int n = 200) => Enumerable.Range(0, n).Select(i => new Rng(17).Split(i));

    [Fact]
    public void Transpose_moves_axes()
    {
        foreach (Rng rng in Trials())
        {
            int[] dims = MovementCases.Shape(rng, rng.Next(1, 5), least: 0), perm = [.. Enumerable.Range(0, dims.Length).OrderBy(_ => rng.NextUInt32())];
            Tensor x = MovementCases.Counting(rng, dims), y = x.Permute(perm);
            Assert.Equal(perm.Select(p => dims[p]), y.Shape.ToArray());
            MovementCases.Check(y, i => x.Get<int>([.. Enumerable.Range(0, perm.Length).Select(a => i[Array.IndexOf(perm, a)])]));
            MovementCases.CheckStep(new Transpose(Dims.Create(perm)), x);
        }
    }

    [Fact]
    public void Slice_follows_the_rules_of_Python()
    {
        foreach (Rng rng in Trials(500))
        {
            int size = rng.Next(0, 6), start = rng.Next(-8, 8), end = rng.Next(-8, 8), step = rng.Next(1, 3) * (rng.Next(0, 1) == 0 ? 1 : -1);
            Tensor x = MovementCases.Counting(rng, 2, size, 3), y = x.Slice(1, start, end, step);
            int[] taken = Walk(size, start, end, step);
            Assert.Equal([2, taken.Length, 3], y.Shape.ToArray());
            MovementCases.Check(y, i => x.Get<int>(i[0], taken[i[1]], i[2]));
            MovementCases.CheckStep(new Slice([start], [end], [1], [step]), x);
            Scattered(y, new SliceScatter([start], [end], [1], [step], [size]), taken, size);
        }
    }

    // The definition: walk from start, stay inside, stop at end.
    private static int[] Walk(int size, int start, int end, int step)
    {
        int first = start < 0 ? start + size : start, stop = end < 0 ? end + size : end;
        if (step > 0) return [.. Enumerable.Range(0, size).Where(i => i >= Math.Max(first, 0) && i < stop && (i - Math.Max(first, 0)) % step == 0)];
        int from = Math.Min(first, size - 1);
        return [.. Enumerable.Range(0, size).Reverse().Where(i => i <= from && i > stop && (from - i) % -step == 0)];
    }

    private static void Scattered(Tensor y, SliceScatter op, int[] taken, int size)
    {
        Tensor back = Dyadic.Arithmetics.Door.Run(op, y)[0];
        Assert.Equal([2, size, 3], back.Shape.ToArray());
        MovementCases.Check(back, i => Array.IndexOf(taken, i[1]) is >= 0 and var at ? y.Get<int>(i[0], at, i[2]) : 0);
    }

    [Fact]
    public void Slice_to_the_extremes_takes_the_whole_axis_both_ways()
    {
        Tensor x = Tensor.Vector<int>(1, 2, 3);
        Assert.Equal([1, 2, 3], x.Slice(0, int.MinValue, int.MaxValue).ToArray<int>());
        Assert.Equal([3, 2, 1], x.Slice(0, int.MaxValue, int.MinValue, -1).ToArray<int>());
        Assert.Equal([1], x.Slice(0, 0, int.MaxValue, int.MaxValue).ToArray<int>());
        Assert.Equal([3], x.Slice(0, -1, int.MinValue, int.MinValue).ToArray<int>());
    }

    [Fact]
    public void Ranges_slice_the_first_axes()
    {
        Tensor x = Tensor.From([.. Enumerable.Range(0, 24)], [2, 3, 4]);
        Assert.Equal([13, 14, 17, 18], x.Slice(^1.., ..2, 1..3).ToArray<int>());
        Assert.Equal([8, 9, 10, 11], x.Select(0, 0).Select(0, -1).ToArray<int>());
        Assert.Contains("3..5", Assert.Throws<ShapeException>(() => x.Slice(.., 3..5)).Message);
    }

    [Fact]
    public void Expand_repeats()
    {
        foreach (Rng rng in Trials())
        {
            int[] target = MovementCases.Shape(rng, rng.Next(1, 4)), source = [.. target.Skip(rng.Next(0, target.Length)).Select(d => rng.Next(0, 1) == 0 ? 1 : d)];
            Tensor x = MovementCases.Counting(rng, source), y = x.Expand(Shape.Of(target));
            MovementCases.Check(y, i => x.Get<int>([.. source.Select((d, a) => d == 1 ? 0 : i[a + target.Length - source.Length])]));
            MovementCases.CheckStep(new Expand(Shape.Of(target)), x);
        }
    }

    [Fact]
    public void Split_cuts_and_concat_joins()
    {
        foreach (Rng rng in Trials())
        {
            int[] dims = MovementCases.Shape(rng, rng.Next(1, 4)), sizes = [rng.Next(0, 2), rng.Next(0, 3), rng.Next(1, 2)];
            int axis = rng.Next(0, dims.Length - 1);
            dims[axis] = sizes.Sum();
            Tensor x = MovementCases.Counting(rng, dims);
            Tensor[] parts = x.Split(axis, sizes);
            for (int p = 0, at = 0; p < parts.Length; at += sizes[p++])
                MovementCases.Check(parts[p], i => x.Get<int>([.. i.Select((v, a) => a == axis ? v + at : v)]));
            Assert.Equal(x.ToArray<int>(), Tensor.Concat(axis - dims.Length, parts).ToArray<int>());
            MovementCases.CheckStep(new Split(axis, Dims.Create(sizes)), x);
            MovementCases.CheckStep(new Concat(axis), parts);
        }
    }

    [Fact]
    public void Stack_makes_a_new_axis()
    {
        Tensor y = Tensor.Stack(1, Tensor.Vector<int>(1, 2), Tensor.Vector<int>(3, 4), Tensor.Vector<int>(5, 6));
        Assert.Equal([1, 3, 5, 2, 4, 6], y.ToArray<int>());
        Assert.Equal([1, 1, 0], [.. Tensor.Vector<int>(1, 2).Chunk(3).Select(p => p.Length)]);
    }

    [Theory]
    [InlineData(PadMode.Constant)]
    [InlineData(PadMode.Reflect)]
    [InlineData(PadMode.Edge)]
    public void Pad_reads_inside_and_fills_outside(PadMode mode)
    {
        foreach (Rng rng in Trials())
        {
            int[] dims = MovementCases.Shape(rng, rng.Next(1, 4));
            int[] pads = [.. dims.Concat(dims).Select(d => rng.Next(d > 1 ? -1 : 0, mode == PadMode.Reflect ? d - 1 : 3))];
            if (dims.Select((d, a) => d + pads[a] + pads[a + dims.Length]).Any(d => d < 0)) continue;
            Tensor x = MovementCases.Counting(rng, dims), y = x.Pad(Dims.Create(pads), mode, value: -7);
            MovementCases.Check(y, i =>
            {
                int[] at = [.. i.Select((v, a) => Read(mode, v - pads[a], dims[a]))];
                return at.Contains(-1) ? -7 : x.Get<int>(at);
            });
        }
    }

    // The definition of what is outside: walk back in, one element at a time.
    private static int Read(PadMode mode, int i, int size)
    {
        if (mode == PadMode.Constant) return i >= 0 && i < size ? i : -1;
        if (mode == PadMode.Edge) return Math.Clamp(i, 0, size - 1);
        while (i < 0 || i >= size) i = i < 0 ? -i : (2 * size) - 2 - i;
        return i;
    }

    [Fact]
    public void Gather_chooses_slices_and_its_gradient_adds_them_up()
    {
        foreach (Rng rng in Trials())
        {
            int[] dims = MovementCases.Shape(rng, rng.Next(1, 4)), indexDims = MovementCases.Shape(rng, rng.Next(0, 2));
            int axis = rng.Next(0, dims.Length - 1), size = dims[axis], rank = indexDims.Length;
            Tensor x = MovementCases.Counting(rng, dims), index = Indices(rng, size, indexDims), y = x.Gather(index, axis);
            int Chosen(int[] i) => (int)((index.Get<long>(i) + size) % size);
            MovementCases.Check(y, i => x.Get<int>([.. i[..axis], Chosen(i[axis..(axis + rank)]), .. i[(axis + rank)..]]));
            Tensor back = Dyadic.Arithmetics.Door.Run(new GatherGradient(axis, size), y, index)[0];
            MovementCases.Check(back, i => MovementCases.Indices(index.Shape).Where(k => Chosen(k) == i[axis]).Sum(k => y.Get<int>([.. i[..axis], .. k, .. i[(axis + 1)..]])));
        }
    }

    [Fact]
    public void GatherElements_chooses_single_elements_and_its_gradient_adds_them_up()
    {
        foreach (Rng rng in Trials())
        {
            int[] dims = MovementCases.Shape(rng, rng.Next(1, 4)), indexDims = [.. dims];
            int axis = rng.Next(0, dims.Length - 1), size = dims[axis];
            indexDims[axis] = rng.Next(0, 4);
            Tensor x = MovementCases.Counting(rng, dims), index = Indices(rng, size, indexDims), y = x.GatherElements(index, axis);
            int Chosen(int[] i) => (int)((index.Get<long>(i) + size) % size);
            MovementCases.Check(y, i => x.Get<int>([.. i[..axis], Chosen(i), .. i[(axis + 1)..]]));
            Tensor back = Dyadic.Arithmetics.Door.Run(new GatherElementsGradient(axis, size), y, index)[0];
            MovementCases.Check(back, i => Enumerable.Range(0, indexDims[axis]).Select(k => (int[])[.. i[..axis], k, .. i[(axis + 1)..]])
                .Where(k => Chosen(k) == i[axis]).Sum(k => y.Get<int>(k)));
        }
    }

    private static Tensor Indices(Rng rng, int size, int[] dims)
    {
        Shape shape = Shape.Of(dims);
        return Tensor.From([.. Enumerable.Range(0, shape.Length).Select(_ => (long)rng.Next(-size, size - 1))], shape);
    }

    [Fact]
    public void An_index_outside_is_named_with_the_size()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        string text = Assert.Throws<ShapeException>(() => x.Gather(Tensor.Vector<long>(0, 3), 1)).Message;
        Assert.Contains("index 3", text);
        Assert.Contains("size 3", text);
    }

    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        Tensor[] views = [x.Reshape(3, 2), x.Transpose(), x.Slice(1, 2, 0, -1), x.Expand(4, 2, 3), x.Unsqueeze(1), x.Split(1, 1, 2)[1], x.Flatten(0)];
        x.AsSpan<float>().Fill(5);
        Assert.All(views, v => Assert.All(v.ToArray<float>(), e => Assert.Equal(5, e)));
        Tensor copy = x.Transpose().Contiguous();
        x.AsSpan<float>().Fill(6);
        Assert.All(copy.ToArray<float>(), e => Assert.Equal(5, e));
    }

    [Theory]
    [InlineData(DType.Int8)]
    [InlineData(DType.Float16)]
    [InlineData(DType.Int32)]
    [InlineData(DType.Float64)]
    [InlineData(DType.Bool)]
    public void Every_element_size_moves(DType type)
    {
        Tensor x = Tensor.Empty([3, 4], type), index = Tensor.Vector<int>(2, 0);
        new Rng(3).Split(type.ToString()).FillBits(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(x.Bytes()));
        MovementCases.CheckStep(new Transpose([1, 0]), x);
        MovementCases.CheckStep(new Slice([3], [int.MinValue], [1], [-2]), x);
        MovementCases.CheckStep(new Expand([2, 3, 4]), x);
        Assert.Equal(x.Bytes().ToArray(), Tensor.Concat(1, x.Split(1, 1, 3)).Bytes().ToArray());
        Assert.Equal(x.Bytes().ToArray(), x.Pad([1, 2, 0, 1], value: 1).Slice(1.., 2..^1).Contiguous().Bytes().ToArray());
        Assert.Equal(x.Slice(2..3).Bytes().ToArray(), x.Gather(index).Slice(..1).Bytes().ToArray());
    }
}
