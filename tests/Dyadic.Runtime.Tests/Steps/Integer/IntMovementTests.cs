using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Tests.Steps.Integer;

public class IntMovementTests
{
    [Theory]
    [InlineData(DType.Int8)]
    [InlineData(DType.Int64)]
    public void Transpose_moves_each_element_to_its_place(DType type)
    {
        Rng rng = new(8);
        byte[] x = StepCheck.Random(rng, type, [2, 3, 4, 5]);
        byte[] y = StepCheck.Equal(new IntTranspose([3, 0, 2, 1]), (type, [5, 2, 4, 3]), (type, [2, 3, 4, 5], x));
        int size = type.Size();
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 3; b++)
                for (int c = 0; c < 4; c++)
                    for (int d = 0; d < 5; d++)
                        Assert.Equal(x.AsSpan((((a * 3 + b) * 4 + c) * 5 + d) * size, size), y.AsSpan((((d * 2 + a) * 4 + c) * 3 + b) * size, size));
    }

    [Fact]
    public void Slice_takes_every_second_backwards()
    {
        byte[] x = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
        byte[] y = StepCheck.Equal(new IntSlice([0, 1, 3, 0], [1, 1, -2, 1]), (DType.UInt8, [1, 1, 2, 3]), (DType.UInt8, [1, 2, 4, 3], x));
        Assert.Equal([21, 22, 23, 15, 16, 17], y);
    }

    [Fact]
    public void Pad_surrounds_with_its_code()
    {
        byte[] y = StepCheck.Equal(new IntPad([0, 0, 1, 0], -1), (DType.Int8, [1, 2, 2, 2]), (DType.Int8, [1, 2, 1, 1], [7, 9]));
        Assert.Equal([255, 255, 7, 255, 255, 255, 9, 255], y);
    }

    [Fact]
    public void Concat_rescales_each_input_once()
    {
        Rng rng = new(9);
        IntFormat a = IntFormat.Full(DType.Int8, 4), b = IntFormat.Full(DType.UInt8, 100), to = IntFormat.Full(DType.Int8, -9);
        DyadicScale[] scales = [DyadicScale.Nearest(0.7), DyadicScale.Nearest(1)];
        for (int axis = 1; axis <= 3; axis++)
        {
            int[] first = [2, 3, 4, 5], second = [2, 3, 4, 5], all = [2, 3, 4, 5];
            second[axis] = 2;
            all[axis] += 2;
            StepCheck.Equal(new IntConcat(axis, scales, [a, b], to), rng, (DType.Int8, all), (DType.Int8, first), (DType.UInt8, second));
        }
        byte[] y = StepCheck.Equal(new IntConcat(0, scales, [a, b], to), (DType.Int8, [2]), (DType.Int8, [1], [14]), (DType.UInt8, [1], [103]));
        Assert.Equal([unchecked((byte)-2), unchecked((byte)-6)], y);       // 0.7·(14 − 4) − 9 and (103 − 100) − 9
    }

    [Fact]
    public void Arg_max_takes_the_first_or_the_last_of_equals()
    {
        byte[] x = [5, 0x80, 7, 7, 1, 7];       // [2, 3]: 5 −128 7 | 7 1 7
        Assert.Equal([2L, 0L], Longs(new IntArgMax(1, IntFormat.Full(DType.Int8)), [2, 1]));
        Assert.Equal([2L, 2L], Longs(new IntArgMax(1, IntFormat.Full(DType.Int8), selectLast: true), [2]));
        Assert.Equal([1L, 1L, 0L], Longs(new IntArgMax(0, IntFormat.Full(DType.Int8)), [3]));

        long[] Longs(IntArgMax step, int[] dims) =>
            MemoryMarshal.Cast<byte, long>(StepCheck.Equal(step, (DType.Int64, dims), (DType.Int8, [2, 3], x))).ToArray();
    }

    [Fact]
    public void Arg_max_of_unsigned_codes_sees_them_as_unsigned() =>
        Assert.Equal(1, StepCheck.Equal(new IntArgMax(0, IntFormat.Full(DType.UInt8)), (DType.Int64, [1]), (DType.UInt8, [3], [127, 200, 128]))[0]);

    [Fact]
    public void Reshape_copies_any_type() =>
        StepCheck.Equal(new IntReshape(), new Rng(10), (DType.Int32, [6, 5]), (DType.Int32, [2, 3, 5]));
}
