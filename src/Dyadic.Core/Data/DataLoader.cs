using System.Collections.Concurrent;

namespace Dyadic.Data;

/// <summary>
/// Cuts a data set into batches, shuffled by epoch, prepared ahead by background threads. Order and content depend on the generator and the
/// epoch only, not on the number of workers; an epoch can be entered at any batch, for resuming.
/// </summary>
public sealed class DataLoader
{
    private readonly IDataset _data;
    private readonly int _batchSize, _workers;
    private readonly Rng? _shuffle;
    private readonly Augmentation? _augmentation;
    private readonly bool _dropLast;

    /// <summary>A loader.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="shuffle">Shuffles each epoch by a stream of its own; null keeps the order.</param>
    /// <param name="augmentation">Changes images on the way, or null.</param>
    /// <param name="dropLast">Leave out an incomplete last batch; the default is to do so when shuffling.</param>
    /// <param name="workers">Threads that prepare batches; 0 prepares them on the caller's.</param>
    /// <exception cref="ArgumentException">The data set is empty or smaller than one batch of which the rest is dropped.</exception>
    public DataLoader(IDataset data, int batchSize, Rng? shuffle = null, Augmentation? augmentation = null, bool? dropLast = null, int workers = 1)
    {
        (_data, _batchSize, _shuffle, _augmentation, _workers) = (data, batchSize, shuffle, augmentation, workers);
        Ensure.Argument(batchSize >= 1 && workers >= 0, $"DataLoader: the batch size is {batchSize} and the number of workers {workers}.");
        _dropLast = (dropLast ?? shuffle is not null) && data.Count >= batchSize;
        Ensure.Argument(data.Count > 0, $"DataLoader: the data set is empty.");
        BatchCount = _dropLast ? data.Count / batchSize : (data.Count + batchSize - 1) / batchSize;
    }

    /// <summary>Batches of one epoch.</summary>
    public int BatchCount { get; }

    /// <summary>The batches of an epoch, from number <paramref name="skip"/> on.</summary>
    public IEnumerable<Batch> Epoch(int epoch, int skip = 0)
    {
        int[] order = Order(epoch);
        if (_workers == 0)
        {
            for (int i = skip; i < BatchCount; i++) yield return Make(epoch, i, order);
            yield break;
        }
        using Prefetcher prefetcher = new(i => Make(epoch, i, order), skip, BatchCount, _workers);
        for (int i = skip; i < BatchCount; i++) yield return prefetcher.Take(i);
    }

    private int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _data.Count)];
        _shuffle?.Split(epoch).Shuffle(order.AsSpan());
        return order;
    }

    private Batch Make(int epoch, int batch, int[] order)
    {
        int from = batch * _batchSize, count = Math.Min(_batchSize, order.Length - from);
        int size = _data.SampleShape.Length;
        Tensor inputs = Tensor.Empty([count, .. _data.SampleShape.Span]), labels = Tensor.Empty([count], DType.Int64);
        Span<float> values = inputs.Span<float>();
        Span<long> targets = labels.Span<long>();
        float[] scratch = _augmentation is null ? [] : new float[size];
        for (int i = 0; i < count; i++)
        {
            int index = order[from + i];
            Span<float> sample = values.Slice(i * size, size);
            targets[i] = _data.Read(index, sample);
            _augmentation?.Apply(sample, _data.SampleShape, epoch, index, scratch);
        }
        GC.KeepAlive(inputs);
        GC.KeepAlive(labels);
        return new(inputs, labels);
    }

    /// <summary>Workers that make items ahead of their use, a few at a time.</summary>
    private sealed class Prefetcher : IDisposable
    {
        private const int Ahead = 3;
        private readonly CancellationTokenSource _stop = new();
        private readonly SemaphoreSlim _room;
        private readonly ConcurrentDictionary<int, TaskCompletionSource<Batch>> _items = new();
        private readonly Thread[] _threads;
        private int _next;

        public Prefetcher(Func<int, Batch> make, int from, int to, int workers)
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

        public Batch Take(int index)
        {
            Batch batch = Slot(index).Task.GetAwaiter().GetResult();
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

        private TaskCompletionSource<Batch> Slot(int index) =>
            _items.GetOrAdd(index, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        private void Work(Func<int, Batch> make, int to)
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
