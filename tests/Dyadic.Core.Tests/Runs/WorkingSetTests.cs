using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Runtime.Memory;

namespace Dyadic.Core.Tests.Runs;

[CollectionDefinition(nameof(WorkingSetTests), DisableParallelization = true)]
[Collection(nameof(WorkingSetTests))]
public sealed class WorkingSetTests
{
    private const int Steps = 2000, Warm = 100;

    [Fact, Trait("speed", "slow")]
    public void Two_thousand_steps_without_dispose_keep_the_working_set_flat()
    {
        MemoryPool.Trim();                       // what other tests left
        GC.Collect();
        Rng rng = new(1);
        Sequential net = new(
            new ConvBatchNorm(1, 8, 3, 1, rng.Split("a")), new Dyadic.Nn.Relu(), new ConvBatchNorm(8, 8, 3, 2, rng.Split("b")), new Dyadic.Nn.Relu(),
            new Dyadic.Nn.Flatten(), new Linear(8 * 8 * 8, 10, rng.Split("c")));
        Sgd sgd = new(net.NamedParameters(), 0.01, 0.9);
        Tensor labels = Tensor.From<long>([.. Enumerable.Range(0, 32).Select(i => i % 10L)], Shape.Of(32));
        long pool = 0, set = 0;
        for (int step = 1; step <= Steps; step++)
        {
            Losses.CrossEntropy(net.Forward(Tensor.Normal(Shape.Of(32, 1, 16, 16), rng.Split(step))), labels).Backward();
            sgd.Step();
            sgd.ZeroGrad();
            if (step == Warm) (pool, set) = (MemoryPool.LiveBytes + MemoryPool.IdleBytes, Environment.WorkingSet);
        }
        Assert.InRange((MemoryPool.LiveBytes + MemoryPool.IdleBytes) / (double)pool, 0, 1.1);
        Assert.InRange(Environment.WorkingSet / (double)set, 0, 1.1);
    }

    [Fact]
    public void A_working_loop_holds_about_twice_what_it_needs()
    {
        MemoryPool.Trim();
        GC.Collect();
        // 60 MiB live and 100 MiB of garbage a round: far more garbage than need, over many rounds.
        const int mebibyte = 1 << 20;
        MemoryBlock[] live = [.. Enumerable.Range(0, 60).Select(_ => MemoryBlock.Rent(mebibyte))];
        long largest = 0;
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < 100; i++) MemoryBlock.Rent(mebibyte);
            largest = Math.Max(largest, MemoryPool.LiveBytes + MemoryPool.IdleBytes);
        }
        GC.KeepAlive(live);
        Assert.InRange(largest, 60L * mebibyte, 240L * mebibyte);
    }
}
