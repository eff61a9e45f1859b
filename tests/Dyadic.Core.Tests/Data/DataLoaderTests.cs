using Dyadic.Data;
using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Data;

public sealed class DataLoaderTests
{
    // Random pixels; the label of sample i is i, so that it is known again.
    private static ImageDataset Images(int n)
    {
        Tensor images = Tensor.Empty([n, 2, 6, 6], DType.UInt8);
        Span<byte> pixels = images.AsSpan<byte>();
        Rng rng = new(9);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)rng.NextInt(256);
        return new(images, [.. Enumerable.Range(0, n)]);
    }

    private static DataLoader Random(IDataset data, int workers = 1, ulong seed = 3, bool? dropLast = false) =>
        new(data, 7, new Rng(seed), new Augmentation(new Rng(seed).Split("augmentation"), 1, 0.5f), dropLast, workers);

    private static string Text(IEnumerable<Batch> batches) => string.Join('\n', batches.Select(b =>
        $"{string.Join(' ', b.Labels.ToArray<long>())} {Convert.ToHexString(b.Inputs.Bytes())}"));

    [Fact]
    public void Bytes_do_not_depend_on_the_workers()
    {
        ImageDataset data = Images(50);
        string expected = Text(Random(data, workers: 0).Epoch(2));
        foreach (int workers in (int[])[1, 2, 4]) Assert.Equal(expected, Text(Random(data, workers).Epoch(2)));
        Assert.NotEqual(expected, Text(Random(data).Epoch(3)));
        Assert.NotEqual(expected, Text(Random(data, seed: 4).Epoch(2)));
        Assert.EndsWith(Text(Random(data).Epoch(2, skip: 5)), expected);
    }

    // The same sample of the same epoch is augmented alike in whatever batch it comes.
    [Fact]
    public void Augmentation_depends_on_epoch_and_sample_only()
    {
        ImageDataset data = Images(20);
        Augmentation augmentation = new(new Rng(1), 2, 0.5f);
        Dictionary<long, string> Samples(int batch, int epoch) => new DataLoader(data, batch, augmentation: augmentation).Epoch(epoch)
            .SelectMany(b => b.Labels.ToArray<long>().Zip(b.Inputs.ToArray<float>().Chunk(72)))
            .ToDictionary(s => s.First, s => string.Join(' ', s.Second));
        Assert.Equal(Samples(3, 1), Samples(20, 1));
        Assert.NotEqual(Samples(3, 1), Samples(3, 2));
    }

    [Fact]
    public void Every_sample_comes_once_and_the_last_batch_may_be_dropped()
    {
        DataLoader loader = Random(Images(50));
        Assert.Equal(8, loader.BatchCount);
        Batch[] batches = [.. loader.Epoch(0)];
        Assert.Equal(Enumerable.Range(0, 50), batches.SelectMany(b => b.Labels.ToArray<long>()).Select(l => (int)l).Order());
        Assert.Equal([1, 2, 6, 6], batches[^1].Inputs.Shape.ToArray());
        Assert.Equal(Enumerable.Repeat(7, 7), Random(Images(50), dropLast: null).Epoch(0).Select(b => b.Labels.Length));
        Assert.Equal(Enumerable.Range(0, 10), new DataLoader(Images(10), 4).Epoch(0).SelectMany(b => b.Labels.ToArray<long>()).Select(l => (int)l));
    }

    private sealed class Failing(IDataset inner) : IDataset
    {
        private int _running;

        public bool IsIdle => Volatile.Read(ref _running) == 0;

        public int Count => inner.Count;

        public Shape SampleShape => inner.SampleShape;

        public int Classes => inner.Classes;

        public IReadOnlyList<string> ClassNames => inner.ClassNames;

        public int Read(int index, Span<float> sample)
        {
            Interlocked.Increment(ref _running);
            try
            {
                return index == 30 ? throw new InvalidDataException("sample 30") : inner.Read(index, sample);
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_a_dataset_throws_comes_out_after_the_batches_before_it(int workers)
    {
        Failing data = new(Images(50));
        int seen = 0;
        void Walk()
        {
            foreach (Batch b in new DataLoader(data, 7, workers: workers).Epoch(0)) seen += b.Labels.Length;
        }
        Assert.Equal("sample 30", Assert.Throws<InvalidDataException>(Walk).Message);
        Assert.Equal(28, seen);
        Assert.True(data.IsIdle);
    }

    [Fact]
    public void Leaving_early_ends_the_threads()
    {
        Failing data = new(Images(28));
        for (int i = 0; i < 50; i++) Assert.Equal(0, new DataLoader(data, 2, workers: 3).Epoch(0).First().Labels.Get<long>(0));
        Assert.True(data.IsIdle);   // Dispose has joined them all
    }

    // Draws are found by trying streams: what matters is that each result is one crop of the padded image, mirrored or not.
    [Fact]
    public void A_changed_image_is_a_crop_of_the_padded_one()
    {
        float[] image = [1, 2, 3, 4, 5, 6];   // 2×3
        HashSet<string> expected = [], seen = [];
        foreach (int dy in (int[])[-1, 0, 1])
            foreach (int dx in (int[])[-1, 0, 1])
                foreach (bool flip in (bool[])[false, true])
                    expected.Add(string.Join(' ', Crop(image, dy, dx, flip)));
        for (int epoch = 0; epoch < 400; epoch++)
        {
            float[] changed = [.. image];
            new Augmentation(new Rng(8), 1, 0.5f).Apply(changed, [1, 2, 3], epoch, 0, new float[6]);
            seen.Add(string.Join(' ', changed));
        }
        Assert.Equal(expected.Order(), seen.Order());
    }

    private static IEnumerable<float> Crop(float[] image, int dy, int dx, bool flip)
    {
        for (int y = 0; y < 2; y++)
        {
            float[] row = [.. Enumerable.Range(0, 3).Select(x => y + dy is >= 0 and < 2 && x + dx is >= 0 and < 3 ? image[((y + dy) * 3) + x + dx] : 0)];
            foreach (float v in flip ? row.Reverse() : row) yield return v;
        }
    }

    [Fact]
    public void Tensors_are_samples_along_their_first_axis()
    {
        TensorDataset data = new(Tensor.From([1, 2, 3, 4, 5, 6], [3, 2]), [7, 8, 9]);
        SubsetDataset part = new(data, 1, 3);
        float[] sample = new float[2];
        Assert.Equal(9, part.Read(1, sample));
        Assert.Equal([5f, 6], sample);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Read(2, sample));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubsetDataset(data, 1, 4));
        Assert.Throws<ShapeException>(() => new TensorDataset(Tensor.Zeros([3]), [1]));
    }
}
