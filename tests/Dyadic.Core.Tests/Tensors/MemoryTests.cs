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
}
