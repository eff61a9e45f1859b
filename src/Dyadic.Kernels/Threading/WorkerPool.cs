using System.Runtime.CompilerServices;

namespace Dyadic.Kernels.Threading;

/// <summary>Fork-join over an index range on persistent background threads; nothing is allocated per call.</summary>
/// <remarks>
/// The range is cut into equal parts whose number depends on the range and on <see cref="ExecutionMode.Threads"/> only; threads claim
/// parts in turn. The caller works too, so a loop finishes even when every worker is busy elsewhere.
/// </remarks>
public static unsafe class WorkerPool
{
    private const int PartsPerThread = 4, SpinRounds = 200;
    private static readonly int MaxWorkers = Math.Max(Environment.ProcessorCount, 16) - 1;
    private static readonly ParallelJob[] Jobs = [.. Enumerable.Range(0, 64).Select(_ => new ParallelJob())];
    private static readonly object Gate = new();
    private static int _workers, _sleepers, _version;

    [ThreadStatic] private static bool _inside;

    /// <summary>Runs <paramref name="body"/> over [0, <paramref name="count"/>), in this thread when nested or when one thread is allowed.</summary>
    /// <param name="count">The number of indices.</param>
    /// <param name="mode">At most <see cref="ExecutionMode.Threads"/> threads take part.</param>
    /// <param name="body">The loop; a copy of it is shared by the threads.</param>
    /// <param name="grain">The fewest indices worth a part of their own.</param>
    public static void For<TBody>(int count, ExecutionMode mode, ref TBody body, int grain = 1) where TBody : struct, IParallelBody
    {
        int parts = (int)Math.Min((long)mode.Threads * PartsPerThread, count / Math.Max(grain, 1));
        if (mode.Threads <= 1 || parts <= 1 || _inside || Acquire() is not { } job)
        {
            if (count > 0) body.Run(0, count);
            return;
        }
        TBody shared = body;   // on this stack until the join, so that its address is stable
        job.Open(&Invoke<TBody>, Unsafe.AsPointer(ref shared), count, parts, Math.Min(mode.Threads, parts) - 1);
        Wake(Math.Min(mode.Threads, parts) - 1);
        _inside = true;
        job.Work();
        _inside = false;
        job.Close()?.Throw();
    }

    private static void Invoke<TBody>(void* body, int start, int end) where TBody : struct, IParallelBody =>
        Unsafe.AsRef<TBody>(body).Run(start, end);

    private static ParallelJob? Acquire()
    {
        foreach (ParallelJob job in Jobs)
            if (job.TryAcquire()) return job;
        return null;
    }

    private static void Wake(int helpers)
    {
        if (Volatile.Read(ref _workers) < Math.Min(helpers, MaxWorkers)) StartWorkers(Math.Min(helpers, MaxWorkers));
        Interlocked.Increment(ref _version);
        if (Volatile.Read(ref _sleepers) == 0) return;
        lock (Gate)
            for (int i = Math.Min(helpers, _sleepers); i > 0; i--) Monitor.Pulse(Gate);
    }

    private static void StartWorkers(int wanted)
    {
        lock (Gate)
        {
            for (; _workers < wanted; _workers++)
                new Thread(WorkerLoop) { IsBackground = true, Name = $"Dyadic worker {_workers}" }.UnsafeStart();
        }
    }

    private static void WorkerLoop()
    {
        _inside = true;
        while (true)
        {
            int seen = Volatile.Read(ref _version);
            foreach (ParallelJob job in Jobs) job.TryHelp();
            for (int i = 0; i < SpinRounds && Volatile.Read(ref _version) == seen; i++) Thread.SpinWait(10);
            if (Volatile.Read(ref _version) == seen) Sleep(seen);
        }
    }

    // Either this thread sees the new version, or Wake sees this sleeper: both write before they read.
    private static void Sleep(int seen)
    {
        lock (Gate)
        {
            Interlocked.Increment(ref _sleepers);
            if (Volatile.Read(ref _version) == seen) Monitor.Wait(Gate);
            Interlocked.Decrement(ref _sleepers);
        }
    }
}
