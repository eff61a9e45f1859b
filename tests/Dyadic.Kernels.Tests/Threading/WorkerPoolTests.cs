using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Tests.Threading;

public sealed unsafe class WorkerPoolTests
{
    private struct Count(int* hits) : IParallelBody
    {
        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++) Interlocked.Increment(ref hits[i]);
        }
    }

    private struct Nested(int* hits, int inner) : IParallelBody
    {
        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                Count body = new(hits + i * inner);
                WorkerPool.For(inner, new(SimdWidth.Scalar, 4), ref body);
            }
        }
    }

    private struct Fails(int at) : IParallelBody
    {
        public readonly void Run(int start, int end)
        {
            if (start <= at && at < end) throw new InvalidOperationException($"index {at}");
        }
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(7, 1)]
    [InlineData(7, 2)]
    [InlineData(1000, 3)]
    [InlineData(5, 64)]
    public void Every_index_runs_once(int count, int threads)
    {
        int[] hits = new int[count + 1];
        fixed (int* p = hits)
        {
            Count body = new(p);
            WorkerPool.For(count, new(SimdWidth.Scalar, threads), ref body);
        }
        Assert.All(hits[..count], h => Assert.Equal(1, h));
        Assert.Equal(0, hits[count]);
    }

    [Fact]
    public void Nested_and_concurrent_loops_run_every_index_once()
    {
        const int Outer = 8, Inner = 32, Rounds = 500;
        void Caller()
        {
            int* hits = stackalloc int[Outer * Inner];
            for (int round = 1; round <= Rounds; round++)
            {
                Nested body = new(hits, Inner);
                WorkerPool.For(Outer, new(SimdWidth.Scalar, 4), ref body);
                for (int i = 0; i < Outer * Inner; i++) Assert.Equal(round, hits[i]);
            }
        }
        Exception?[] failures = new Exception?[6];
        Thread[] callers = [.. failures.Select((_, i) => new Thread(() => failures[i] = Record.Exception(Caller)))];
        foreach (Thread t in callers) t.Start();
        foreach (Thread t in callers) t.Join();
        Assert.All(failures, Assert.Null);
    }

    [Fact]
    public void An_exception_reaches_the_caller_and_the_pool_lives_on()
    {
        for (int at = 0; at < 40; at++)
        {
            Fails body = new(at);
            Assert.Equal($"index {at}", Assert.Throws<InvalidOperationException>(() => WorkerPool.For(40, new(SimdWidth.Scalar, 4), ref body)).Message);
        }
        Every_index_runs_once(1000, 4);
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        int* hits = stackalloc int[64];
        Count body = new(hits);
        for (int i = 0; i < 50; i++) WorkerPool.For(64, new(SimdWidth.Scalar, 4), ref body);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) WorkerPool.For(64, new(SimdWidth.Scalar, 4), ref body);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
