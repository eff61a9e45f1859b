using Dyadic.Ops;

namespace Dyadic.Data;

/// <summary>Image files: PNG, and the binary portable maps PGM (P5) and PPM (P6).</summary>
public static class Images
{
    /// <summary>The most pixels of an image: 2²⁷.</summary>
    internal const int MostPixels = 1 << 27;

    /// <summary>The image in a file.</summary>
    /// <returns>[height, width, channels], UInt8; 1 channel of grey or 3 of red, green and blue. Transparency is left out, 16 bits are cut to 8.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such image, or it is damaged.</exception>
    public static Tensor Read(string path) => DataFile.Read(path, stream =>
    {
        int first = stream.ReadByte();
        stream.Position = 0;
        return first switch
        {
            0x89 => PngReader.Read(stream, path),
            'P' => PortableMap.Read(stream, path),
            _ => throw DataFile.Bad(path, "is neither a PNG file nor a binary PGM or PPM file", "Convert it to PNG"),
        };
    });

    /// <summary>
    /// y = (x − mean)/deviation as networks read it: [1, channels, height, width] of an image [h, w, channels], sampled anew by weighted means where its size differs. Grey images become three
    /// equal channels where three are asked for.
    /// </summary>
    /// <param name="image">[h, w, channels], UInt8, as <see cref="Read"/> gives it.</param>
    /// <param name="height">Rows of y.</param>
    /// <param name="width">Columns of y.</param>
    /// <param name="mean">What is subtracted from each channel, in units of the pixels: one number, or one a channel.</param>
    /// <param name="deviation">What each channel is divided by: one number, or one a channel.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="blueFirst">The order blue, green, red.</param>
    public static Tensor Normalize(Tensor image, int height, int width, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, int channels = 3, bool blueFirst = false)
    {
        Ensure.Shape(image is { Type: DType.UInt8, Rank: 3 } && image.Shape[2].Size is 1 or 3, $"Images: the image is {image.TensorType}; uint8 [h, w, 1 or 3] is needed.");
        Ensure.Argument(mean.Length == 1 || mean.Length == channels, $"Images: {mean.Length} means for {channels} channels. Give one, or one for each.");
        Ensure.Argument(deviation.Length == 1 || deviation.Length == channels, $"Images: {deviation.Length} deviations for {channels} channels. Give one, or one for each.");
        int have = image.Shape[2];
        Ensure.Shape(have == channels || have == 1, $"Images: the image has {have} channels, the network reads {channels}. Convert it to grey.");
        Tensor x = image.Cast(DType.Float32).Permute(2, 0, 1).Reshape(1, have, image.Shape[0], image.Shape[1]).Resize([height, width]);
        if (have < channels) x = x.Expand(Shape.Of(1, channels, height, width));
        if (blueFirst && have == 3) x = x.Gather(Tensor.Vector<int>(2, 1, 0), 1);
        return ((x - Along(mean)) / Along(deviation)).ToContiguous();
    }

    private static Tensor Along(ReadOnlySpan<float> values) => Tensor.From(values.ToArray(), Shape.Of(1, values.Length, 1, 1));
}
