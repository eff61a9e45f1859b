using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels.Tests.Managed;

public sealed unsafe class FloatTransposeTests
{
    [Fact]
    public void Every_size_around_the_squares_is_turned_between_guards()
    {
        for (int rows = 0; rows <= 9; rows++)
            foreach (int columns in new[] { 0, 1, 3, 4, 5, 15, 16, 17, 33 }) Check(rows, columns, gap: 2, threads: 1);
    }

    [Fact]
    public void Bands_of_several_threads_meet_without_gap() => Check(rows: 517, columns: 401, gap: 0, threads: 3);

    private static void Check(int rows, int columns, int gap, int threads)
    {
        int strideX = columns + gap, strideY = rows + gap;
        using GuardedFloats x = new(rows * strideX, i => i), y = new(columns * strideY, _ => -1);
        FloatTranspose.Run(x.Pointer, strideX, rows, columns, y.Pointer, strideY, new(ExecutionMode.BestWidth, threads));
        for (int c = 0; c < columns; c++)
            for (int r = 0; r < strideY; r++)
                Assert.Equal(r < rows ? x.Span[r * strideX + c] : -1, y.Span[c * strideY + r]);
        y.AssertGuards();
    }
}
