using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.RealModels;

/// <summary>Lines of text as a recogniser reads them; of noise where Debian's font is absent.</summary>
internal static class Lines
{
    private static readonly string[] Words =
    [
        "integer", "networks", "run", "without", "floats", "The", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "2026", "Invoice", "No.", "48213", "total", "due", "EUR", "19.95",
        "arithmetic", "parameter", "Every", "number", "here", "power", "of", "two", "sharp", "reading", "lines",
    ];

    private static readonly Lazy<Font?> Sans = new(() => File.Exists(Font.DejaVuSans) ? Font.Read(Font.DejaVuSans) : null);

    /// <summary>[n, 3, 48, width]: lines of two to four words, (pixel − 127.5)/127.5, white behind their end.</summary>
    public static Tensor Batch(Rng rng, int n, int width) => Tensor.Concat(0, [.. Enumerable.Range(0, n).Select(_ => Padded(Text(rng, width), width))]);

    /// <summary>[n, 3, size, size]: pages with a line of text in every other strip of 32 pixels.</summary>
    public static Tensor Pages(Rng rng, int n, int size, float[] mean, float[] deviation) => Tensor.Concat(0, [.. Enumerable.Range(0, n).Select(_ =>
    {
        byte[] page = new byte[size * size];
        Array.Fill(page, (byte)255);
        for (int y = 16; y + 32 <= size && Sans.Value is not null; y += 64) Draw(Text(rng, size), 32, page.AsSpan(y * size), size);
        return Images.Normalize(Tensor.From<byte>(page, Shape.Of(size, size, 1)), size, size, mean, deviation);
    })]);

    /// <summary>[1, 3, 48, width] of a text; white behind its end.</summary>
    public static Tensor Padded(string text, int width)
    {
        if (Sans.Value is null) return Tensor.Normal(Shape.Of(1, 3, 48, width), new Rng((ulong)text.Length), 0, 0.5f);
        byte[] pixels = new byte[48 * width];
        Array.Fill(pixels, (byte)255);
        Draw(text, 48, pixels, width);
        return Images.Normalize(Tensor.From<byte>(pixels, Shape.Of(48, width, 1)), 48, width, [127.5f], [127.5f]);
    }

    // As much of a line of this height as there is room for, into the upper rows of an image.
    private static void Draw(string text, int height, Span<byte> image, int width)
    {
        Tensor line = Sans.Value!.Line(text, height);
        byte[] drawn = line.ToArray<byte>();
        int have = Math.Min(line.Shape[1], width);
        for (int y = 0; y < height; y++) drawn.AsSpan(y * line.Shape[1], have).CopyTo(image[(y * width)..]);
    }

    /// <summary>As many words as there is room for, at most four.</summary>
    private static string Text(Rng rng, int width)
    {
        string text = Words[rng.NextInt(Words.Length)];
        for (int i = 0; i < 3 && (text.Length + 10) * 24 < width; i++) text += " " + Words[rng.NextInt(Words.Length)];
        return text;
    }
}
