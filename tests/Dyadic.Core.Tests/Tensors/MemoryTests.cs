using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Memory;

namespace Dyadic.Core.Tests.Tensors;

public sealed class MemoryTests
{
    [Fact]
    public void Steps_without_dispose_keep_memory_bounded()
    {
        // A step makes about 20 tensors of 256 KiB: 400 steps are 2 GiB, of which a few hundred MiB may be held at once.
        Tensor w = Tensor.Uniform(Shape.Of(256, 256), new Rng(1), -1, 1), x = Tensor.Uniform(Shape.Of(256, 256), new Rng(2), -1, 1);
        w.RequiresGrad = true;
        long largest = 0;
        for (int step = 0; step < 400; step++)
        {
            Tensor y = (x * w).Tanh();
            ((y - x) * (y - x)).ReduceMean().Backward();
            using (Autograd.NoGrad()) w.CopyFrom(w - w.Grad! * 0.1);
            w.Grad = null;
            largest = Math.Max(largest, MemoryPool.LiveBytes + MemoryPool.IdleBytes);
        }
        Assert.InRange(largest, 1, 768L << 20);
    }

    [Fact]
    public void Memory_of_a_tensor_lives_as_long_as_whoever_holds_it()
    {
        Memory<float>[] held = [.. Enumerable.Range(0, 50).Select(i => Tensor.Full(Shape.Of(100, 1000), i).AsMemory<float>())];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (int i = 0; i < 50; i++) Tensor.Full(Shape.Of(100, 1000), -1);
        for (int i = 0; i < held.Length; i++) Assert.False(held[i].Span.ContainsAnyExcept((float)i));
    }

    [Fact]
    public void Memory_of_a_tensor_is_its_elements_and_ends_with_dispose()
    {
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], Shape.Of(2, 3));
        Memory<float> row = x.Slice(0, 1, 2).AsMemory<float>();
        row.Span[0] = 7;
        Assert.Equal([1, 2, 3, 7, 5, 6], x.ToArray<float>());
        Assert.Throws<InvalidOperationException>(() => x.Transpose(0, 1).AsMemory<float>());
        Assert.Throws<InvalidOperationException>(() => x.AsMemory<int>());
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => row.Span[0]);
    }

    [Fact]
    public void A_tensor_is_created_from_bytes() =>
        Assert.Equal([3, 1027], Tensor.Create(Shape.Of(2), DType.Int16, (byte)3, (bytes, first) => new byte[] { first, 0, first, 4 }.CopyTo(bytes)).ToArray<short>());
}
