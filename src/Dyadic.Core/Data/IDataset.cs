namespace Dyadic.Data;

/// <summary>Labelled samples of one shape, read by index. Safe to read from several threads.</summary>
public interface IDataset
{
    /// <summary>The number of samples.</summary>
    int Count { get; }

    /// <summary>The shape of one sample, without a batch dimension.</summary>
    Shape SampleShape { get; }

    /// <summary>The number of classes; 0 where samples have no labels.</summary>
    int Classes { get; }

    /// <summary>The names of the classes, or an empty list.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Writes sample <paramref name="index"/>, row-major float32, and returns its label (−1 where there is none).</summary>
    int Read(int index, Span<float> sample);
}

/// <summary>A batch.</summary>
/// <param name="Inputs">[N, …], float32.</param>
/// <param name="Labels">[N], Int64.</param>
public readonly record struct Batch(Tensor Inputs, Tensor Labels);

/// <summary>Images in bytes, given as value/255 in float32, with labels.</summary>
/// <param name="images">[N, C, H, W] or [N, H, W] (one channel), UInt8.</param>
/// <param name="labels">One label for each image.</param>
/// <param name="classNames">Names of the classes; the number of classes is at least one more than the largest label.</param>
public sealed class ImageDataset(Tensor images, int[] labels, IReadOnlyList<string>? classNames = null) : IDataset
{
    private readonly Tensor _images = Checked(images, labels);
    private readonly int _size = images.Length / Math.Max(1, images.Shape[0].Size);

    /// <inheritdoc/>
    public int Count => labels.Length;

    /// <inheritdoc/>
    public Shape SampleShape { get; } = images.Rank == 3
        ? [1, images.Shape[1], images.Shape[2]]
        : [images.Shape[1], images.Shape[2], images.Shape[3]];

    /// <inheritdoc/>
    public int Classes { get; } = Math.Max(classNames?.Count ?? 0, labels.Length == 0 ? 0 : labels.Max() + 1);

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; } = classNames ?? [];

    /// <summary>The bytes of image <paramref name="index"/>.</summary>
    public byte[] Pixels(int index)
    {
        byte[] pixels = _images.Span<byte>().Slice(index * _size, _size).ToArray();
        GC.KeepAlive(_images);
        return pixels;
    }

    /// <inheritdoc/>
    public int Read(int index, Span<float> sample)
    {
        ReadOnlySpan<byte> pixels = _images.Span<byte>().Slice(index * _size, _size);
        for (int i = 0; i < pixels.Length; i++) sample[i] = pixels[i] / 255f;
        GC.KeepAlive(_images);
        return labels[index];
    }

    private static Tensor Checked(Tensor images, int[] labels)
    {
        Ensure.Shape(images.Rank is 3 or 4 && images.Type == DType.UInt8, $"ImageDataset: the images are {images.TensorType}; uint8 [N, H, W] or [N, C, H, W] is needed.");
        Ensure.Shape(images.Shape[0] == labels.Length, $"ImageDataset: {images.Shape[0]} images and {labels.Length} labels.");
        return images;
    }
}

/// <summary>Samples held in one tensor of any number type, converted to float32, with optional labels.</summary>
/// <param name="samples">[N, …].</param>
/// <param name="labels">One label for each sample, or null.</param>
public sealed class TensorDataset(Tensor samples, int[]? labels = null) : IDataset
{
    private readonly float[] _values = Floats(samples, labels);
    private readonly int _size = samples.Length / Math.Max(1, samples.Shape[0].Size);

    /// <inheritdoc/>
    public int Count { get; } = samples.Shape[0];

    /// <inheritdoc/>
    public Shape SampleShape { get; } = Shape.Of(samples.Shape.ToArray().AsSpan(1));

    /// <inheritdoc/>
    public int Classes { get; } = labels is { Length: > 0 } ? labels.Max() + 1 : 0;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => [];

    /// <inheritdoc/>
    public int Read(int index, Span<float> sample)
    {
        _values.AsSpan(index * _size, _size).CopyTo(sample);
        return labels is null ? -1 : labels[index];
    }

    private static float[] Floats(Tensor samples, int[]? labels)
    {
        Ensure.Shape(samples.Rank >= 1, $"TensorDataset: the samples have shape {samples.Shape}; a leading batch dimension is needed.");
        Ensure.Shape(labels is null || labels.Length == samples.Shape[0], $"TensorDataset: {samples.Shape[0]} samples and {labels?.Length} labels.");
        return samples.Type switch
        {
            DType.Float32 => samples.ToArray<float>(),
            DType.Float64 => Array.ConvertAll(samples.ToArray<double>(), x => (float)x),
            DType.UInt8 => Array.ConvertAll(samples.ToArray<byte>(), x => (float)x),
            DType.Int8 => Array.ConvertAll(samples.ToArray<sbyte>(), x => (float)x),
            DType.Int32 => Array.ConvertAll(samples.ToArray<int>(), x => (float)x),
            DType.Int64 => Array.ConvertAll(samples.ToArray<long>(), x => (float)x),
            _ => throw new InvalidDataException($"Samples of type {samples.Type} are not supported. Save them as float32 or an integer of 8, 32 or 64 bits."),
        };
    }
}

/// <summary>Samples [from, to) of another data set.</summary>
public sealed class SubsetDataset(IDataset source, int from, int to) : IDataset
{
    private readonly int _from = from >= 0 && from <= to && to <= source.Count
        ? from
        : throw new ArgumentOutOfRangeException(nameof(from), $"The slice [{from}:{to}] is not within the {source.Count} samples.");

    /// <inheritdoc/>
    public int Count => to - _from;

    /// <inheritdoc/>
    public Shape SampleShape => source.SampleShape;

    /// <inheritdoc/>
    public int Classes => source.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => source.ClassNames;

    /// <inheritdoc/>
    public int Read(int index, Span<float> sample) => (uint)index < (uint)Count
        ? source.Read(_from + index, sample)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} samples.");
}

/// <summary>Another data set with each channel c as (x − mean[c])/deviation[c].</summary>
public sealed class NormalizedDataset : IDataset
{
    private readonly IDataset _source;
    private readonly float[] _mean, _deviation;

    /// <summary>The samples of <paramref name="source"/>, normalised.</summary>
    /// <param name="source">Samples [C, …].</param>
    /// <param name="mean">One entry a channel.</param>
    /// <param name="deviation">One entry a channel, none 0.</param>
    /// <exception cref="ShapeException">The numbers of channels differ.</exception>
    public NormalizedDataset(IDataset source, IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
    {
        (_source, _mean, _deviation) = (source, [.. mean], [.. deviation]);
        Ensure.Shape(source.SampleShape.Rank > 0 && source.SampleShape[0] == _mean.Length && _mean.Length == _deviation.Length,
            $"NormalizedDataset: samples are {source.SampleShape}, with {_mean.Length} means and {_deviation.Length} deviations; one a channel is needed.");
        Ensure.Argument(Array.TrueForAll(_deviation, d => d != 0), $"NormalizedDataset: a deviation is 0.");
    }

    /// <inheritdoc/>
    public int Count => _source.Count;

    /// <inheritdoc/>
    public Shape SampleShape => _source.SampleShape;

    /// <inheritdoc/>
    public int Classes => _source.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _source.ClassNames;

    /// <inheritdoc/>
    public int Read(int index, Span<float> sample)
    {
        int label = _source.Read(index, sample), plane = sample.Length / _mean.Length;
        for (int i = 0; i < sample.Length; i++) sample[i] = (sample[i] - _mean[i / plane]) / _deviation[i / plane];
        return label;
    }
}
