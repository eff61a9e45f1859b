namespace Dyadic.Data;

/// <summary>Cuts a data set of samples of one shape into batches, changed on the way if asked.</summary>
public sealed class DataLoader : BatchLoader<Batch>
{
    private readonly IDataset _data;
    private readonly Augmentation? _augmentation;

    /// <summary>A loader.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="shuffle">Shuffles each epoch by a stream of its own; null keeps the order.</param>
    /// <param name="augmentation">Changes images on the way, or null.</param>
    /// <param name="dropLast">Leave out an incomplete last batch; the default is to do so when shuffling.</param>
    /// <param name="workers">Threads that prepare batches; 0 prepares them on the caller's.</param>
    /// <exception cref="ArgumentException">The data set is empty or smaller than one batch of which the rest is dropped.</exception>
    public DataLoader(IDataset data, int batchSize, Rng? shuffle = null, Augmentation? augmentation = null, bool? dropLast = null, int workers = 1)
        : base(data.Count, batchSize, shuffle, dropLast, workers) => (_data, _augmentation) = (data, augmentation);

    /// <inheritdoc/>
    private protected override Batch Make(int epoch, int[] indices)
    {
        int count = indices.Length, size = _data.SampleShape.Length;
        Tensor inputs = Tensor.Empty([count, .. _data.SampleShape.Span]), labels = Tensor.Empty([count], DType.Int64);
        Span<float> values = inputs.Span<float>();
        Span<long> targets = labels.Span<long>();
        float[] scratch = _augmentation is null ? [] : new float[size];
        for (int i = 0; i < count; i++)
        {
            int index = indices[i];
            Span<float> sample = values.Slice(i * size, size);
            targets[i] = _data.Read(index, sample);
            _augmentation?.Apply(sample, _data.SampleShape, epoch, index, scratch);
        }
        GC.KeepAlive(inputs);
        GC.KeepAlive(labels);
        return new(inputs, labels);
    }
}
