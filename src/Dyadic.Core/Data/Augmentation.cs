namespace Dyadic.Data;

/// <summary>Random crops (after padding with zeros) and horizontal flips of images [C, H, W], as a function of epoch and sample only.</summary>
/// <param name="Rng">Where the choices come from; each sample of each epoch has a stream of its own.</param>
/// <param name="CropPadding">Pixels by which the image may shift in each direction.</param>
/// <param name="FlipProbability">Of a mirror image, in [0, 1].</param>
public sealed record Augmentation(Rng Rng, int CropPadding, float FlipProbability)
{
    /// <summary>Augments <paramref name="image"/> in place.</summary>
    /// <param name="image">[C, H, W], row-major.</param>
    /// <param name="shape">[C, H, W].</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in its data set.</param>
    /// <param name="scratch">At least as long as the image.</param>
    public void Apply(Span<float> image, Shape shape, int epoch, int index, Span<float> scratch)
    {
        Rng stream = Rng.Split(epoch).Split(index);
        int dy = stream.NextInt(-CropPadding, CropPadding + 1), dx = stream.NextInt(-CropPadding, CropPadding + 1);
        bool flip = stream.NextSingle() < FlipProbability;
        (int height, int width) = (shape[1], shape[2]);
        image.CopyTo(scratch);
        for (int row = 0; row < image.Length / width; row++)
        {
            int channel = row / height, from = (row % height) + dy;
            Span<float> target = image.Slice(row * width, width);
            if (from < 0 || from >= height) target.Clear();
            else Shift(scratch.Slice(((channel * height) + from) * width, width), target, dx, flip);
        }
    }

    // target[x] = source[x + dx], zero outside; mirrored if asked.
    private static void Shift(ReadOnlySpan<float> source, Span<float> target, int dx, bool flip)
    {
        for (int x = 0; x < target.Length; x++)
        {
            int from = (flip ? target.Length - 1 - x : x) + dx;
            target[x] = (uint)from < (uint)source.Length ? source[from] : 0;
        }
    }
}
