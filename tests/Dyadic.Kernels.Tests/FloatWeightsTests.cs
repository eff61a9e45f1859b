namespace Dyadic.Kernels.Tests;

public sealed unsafe class FloatWeightsTests
{
    // Few rows and little work go by kernels that see all rows together; the others give a row the same bits in any company.
    [Theory]
    [InlineData(3, 64, 80, true)]
    [InlineData(20, 6, 9, false)]
    [InlineData(20, 6, 9, true)]
    [InlineData(1, 24, 8, true)]
    [InlineData(2, 49, 16, true)]
    [InlineData(3, 130, 40, false)]
    [InlineData(29, 70, 90, false)]
    [InlineData(29, 70, 90, true)]
    public void Parts_of_the_rows_have_the_bits_of_the_whole_product(int rows, int n, int k, bool transposed)
    {
        foreach (ExecutionMode mode in ExecutionMode.Rungs)
        {
            using GuardedFloats x = new(rows * k, i => MathF.Sin(i)), w = new(n * k, i => MathF.Cos(i)), whole = new(rows * n, _ => 0), parts = new(rows * n, _ => 0);
            FloatGemm.Run(x.Pointer, k, false, w.Pointer, transposed ? k : n, transposed, whole.Pointer, n, rows, n, k, 0, mode);
            using ScratchBuffer<float> room = Scratch.Rent<float>(FloatWeights.Room(k, n));
            using FloatWeights weights = new(w.Pointer, k, n, transposed, rows, room.Pointer, mode);
            int step = weights.TakesParts ? 7 : rows;
            for (int r = 0; r < rows; r += step) weights.Run(x.Pointer + r * k, Math.Min(step, rows - r), parts.Pointer + r * n, mode);
            Assert.Equal(whole.Span.ToArray(), parts.Span.ToArray());
            parts.AssertGuards();
        }
    }
}
