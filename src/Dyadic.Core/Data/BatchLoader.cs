using System.Collections.Concurrent;

namespace Dyadic.Data;

/// <summary>
/// Cuts samples into batches, shuffled by epoch, prepared ahead by background threads. Order and content depend on the generator and the
/// epoch only, not on the number of workers; an epoch can be entered at any batch, for resuming.
/// </summary>
public abstract class BatchLoader<TBatch>
{
    private readonly int _count, _batchSize, _workers;
    private readonly Rng? _shuffle;

    private protected BatchLoader(int count, int batchSize, Rng? shuffle, bool? dropLast, int workers)
    {
        (_count, _batchSize, _shuffle, _workers) = (count, batchSize, shuffle, workers);
        Ensure.Argument(batchSize >= 1 && workers >= 0, $"{GetType().Name}: the batch size is {batchSize} and the number of workers {workers}.");
        Ensure.Argument(count > 0, $"{GetType().Name}: the data set is empty.");
        BatchCount = (dropLast ?? shuffle is not null) && count >= batchSize ? count / batchSize : (count + batchSize - 1) / batchSize;
    }

    /// <summary>Batches of one epoch.</summary>
    public int BatchCount { get; }

    /// <summary>The batches of an epoch, from number <paramref name="skip"/> on.</summary>
    public IEnumerable<TBatch> Epoch(int epoch, int skip = 0)
    {
        int[] order = [.. Enumerable.Range(0, _count)];
        _shuffle?.Split(epoch).Shuffle(order.AsSpan());
        TBatch MakeNumber(int batch) => Make(epoch, order[(batch * _batchSize)..Math.Min(order.Length, (batch + 1) * _batchSize)]);
        if (_workers == 0)
        {
            for (int i = skip; i < BatchCount; i++) yield return MakeNumber(i);
            yield break;
        }
        using Prefetcher prefetcher = new(MakeNumber, skip, BatchCount, _workers);
        for (int i = skip; i < BatchCount; i++) yield return prefetcher.Take(i);
    }

    /// <summary>The batch of the given samples. Called by several threads at once.</summary>
    private protected abstract TBatch Make(int epoch, int[] indices);

    /// <summary>Workers that make items ahead of their use, a few at a time.</summary>
    private sealed class Prefetcher : IDisposable
    {
        private const int Ahead = 3;
        private readonly CancellationTokenSource _stop = new();
        private readonly SemaphoreSlim _room;
        private readonly ConcurrentDictionary<int, TaskCompletionSource<TBatch>> _items = new();
        private readonly Thread[] _threads;
        private int _next;

        public Prefetcher(Func<int, TBatch> make, int from, int to, int workers)
        {
            _next = from - 1;
            _room = new(Ahead + workers);
            _threads = new Thread[workers];
            for (int i = 0; i < workers; i++)
            {
                _threads[i] = new(() => Work(make, to)) { IsBackground = true, Name = "dyadic data loader" };
                _threads[i].Start();
            }
        }

        public TBatch Take(int index)
        {
            TBatch batch = Slot(index).Task.GetAwaiter().GetResult();
            _items.TryRemove(index, out _);
            _room.Release();
            return batch;
        }

        public void Dispose()
        {
            _stop.Cancel();
            foreach (Thread thread in _threads) thread.Join();
            _stop.Dispose();
            _room.Dispose();
        }

        private TaskCompletionSource<TBatch> Slot(int index) =>
            _items.GetOrAdd(index, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        private void Work(Func<int, TBatch> make, int to)
        {
            try
            {
                while (true)
                {
                    _room.Wait(_stop.Token);
                    int index = Interlocked.Increment(ref _next);
                    if (index >= to) return;
                    try
                    {
                        Slot(index).SetResult(make(index));
                    }
                    catch (Exception e) when (e is not OperationCanceledException)
                    {
                        Slot(index).SetException(e);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The reader is done.
            }
        }
    }
}
