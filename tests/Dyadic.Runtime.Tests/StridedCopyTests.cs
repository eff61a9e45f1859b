using Dyadic.Numerics;

namespace Dyadic.Runtime.Tests;

public class StridedCopyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Gathering_and_scattering_follow_the_strides(int size)
    {
        Rng rng = new(3);
        for (int n = 0; n < 400; n++)
        {
            // Axes of a row-major array in any order, each cut to a part of it that may be walked backwards or by steps; some are repeated.
            int rank = rng.NextInt(6);
            int[] whole = [.. Enumerable.Range(0, rank).Select(_ => 1 + rng.NextInt(rng.NextInt(8) == 0 ? 40 : 7))], own = new int[rank], dims = new int[rank], strides = new int[rank];
            StridedCopy.RowMajor(whole, own);
            int[] order = [.. Enumerable.Range(0, rank)];
            for (int i = rank - 1; i > 0 && n % 3 != 0; i--) (order[i], order[rng.NextInt(i + 1)]) = (order[rng.NextInt(i + 1)], order[i]);
            order = order.Distinct().Count() == rank ? order : [.. Enumerable.Range(0, rank).Reverse()];
            bool repeats = rng.NextInt(4) == 0;
            long offset = 0;
            for (int a = 0; a < rank; a++)
            {
                int axis = order[a], length = whole[axis], step = 1 + rng.NextInt(3), first = rng.NextInt(length), count = 1 + rng.NextInt((length - 1 - first) / step + 1);
                if (rng.NextInt(2) == 0) (first, count, step) = (0, length, 1);
                bool backwards = rng.NextInt(4) == 0;
                offset += (backwards ? first + (count - 1) * step : first) * (long)own[axis];
                (dims[a], strides[a]) = (count, own[axis] * (backwards ? -step : step));
                if (repeats && rng.NextInt(3) == 0) strides[a] = 0;
            }
            byte[] source = Bytes(rng, size * whole.Aggregate(1, (p, d) => p * d)), gathered = new byte[size * dims.Aggregate(1, (p, d) => p * d)];
            StridedCopy.Gather(source, offset, dims, strides, gathered, size, threads: 1 + n % 2);
            long[] places = [.. Places(offset, dims, strides)];
            Assert.Equal(places.SelectMany(at => source.AsSpan((int)at * size, size).ToArray()), gathered);

            byte[] target = Bytes(rng, source.Length), expected = [.. target], from = Bytes(rng, gathered.Length);
            for (int k = 0; k < places.Length; k++) from.AsSpan(k * size, size).CopyTo(expected.AsSpan((int)places[k] * size));
            StridedCopy.Scatter(from, target, offset, dims, strides, size);
            Assert.Equal(expected, target);
        }
    }

    [Fact]
    public void Elements_outside_of_the_memory_are_refused()
    {
        byte[] four = new byte[4];
        Assert.Throws<ArgumentOutOfRangeException>(() => StridedCopy.Gather(four, 1, [4], [1], new byte[4], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StridedCopy.Gather(four, 0, [2], [-1], new byte[2], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StridedCopy.Gather(four, 0, [2, 3], [0, 1], new byte[5], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StridedCopy.Scatter(four, new byte[6], 0, [4], [2], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StridedCopy.Gather(four, 0, [1], [1], new byte[4], 3));
    }

    private static byte[] Bytes(Rng rng, int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)rng.NextInt(256))];

    private static IEnumerable<long> Places(long at, int[] dims, int[] strides) =>
        dims.Length == 0 ? [at] : Enumerable.Range(0, dims[0]).SelectMany(i => Places(at + i * (long)strides[0], dims[1..], strides[1..]));
}
