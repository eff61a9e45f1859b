using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Managed;

public unsafe class IntegerMovementTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_strided_copy_of_any_permutation_equals_the_reference(int size)
    {
        Rng rng = new(3);
        for (int round = 0; round < 60; round++)
        {
            int rank = rng.NextInt(6);
            int[] dims = [.. Enumerable.Range(0, rank).Select(_ => rng.NextInt(1, 6))], perm = rng.Permutation(rank), moved = [.. perm.Select(p => dims[p])];
            int count = dims.Aggregate(1, (a, b) => a * b) * size;
            byte[] x = [.. Enumerable.Range(0, count).Select(_ => (byte)rng.NextUInt32())], expected = new byte[count], y = new byte[count];
            Reference.IntegerMovement.Transpose(x, dims, expected, perm, size);
            nint[] strides = new nint[rank], to = new nint[rank];
            IntegerMovement.Contiguous(dims, strides);
            IntegerMovement.Contiguous(moved, to);
            fixed (byte* px = x, py = y) IntegerMovement.Copy(px, py, moved, perm.Select(p => strides[p]).ToArray(), to, size);
            Assert.Equal(expected, y);
        }
    }
}
