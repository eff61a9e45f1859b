namespace Dyadic.Data;

/// <summary>Binary PGM (P5) and PPM (P6): a header of words, width, height and largest value, then rows of bytes.</summary>
/// <remarks>netpbm(5). A '#' starts a comment that ends with its line.</remarks>
internal static class PortableMap
{
    public static Tensor Read(Stream stream, string file)
    {
        string magic = Word(stream);
        if (magic is not ("P5" or "P6")) throw DataFile.Bad(file, $"is a portable map of kind {magic}", "Write it as P5 or P6");
        int channels = magic == "P6" ? 3 : 1, width = Number(stream, file), height = Number(stream, file), most = Number(stream, file);
        DataFile.Check(width > 0 && height > 0 && (long)width * height <= Images.MostPixels, file, $"says it is {width}×{height} pixels");
        if (most is < 1 or > 255) throw DataFile.Bad(file, $"has values up to {most}", "Write it with 8 bits a value");
        DataFile.Check((long)width * height * channels == stream.Length - stream.Position, file, $"says it is {width}×{height} pixels and has {stream.Length - stream.Position} bytes of them");
        byte[] pixels = new byte[(long)width * height * channels];
        stream.ReadExactly(pixels);
        if (most != 255)
            foreach (ref byte p in pixels.AsSpan()) p = (byte)(((Math.Min(p, most) * 255) + (most / 2)) / most);
        return Tensor.From(pixels, Shape.Of(height, width, channels));
    }

    private static int Number(Stream stream, string file) =>
        Word(stream) is var word && int.TryParse(word, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int n)
            ? n
            : throw DataFile.Bad(file, $"has '{word}' in its header where a number belongs");

    // The next word and the one blank behind it.
    private static string Word(Stream stream)
    {
        string word = "";
        while (word.Length < 16)
        {
            int c = stream.ReadByte();
            if (c < 0) throw new EndOfStreamException();
            if (c == '#') while (c is not ('\n' or -1)) c = stream.ReadByte();
            if (c is not (' ' or '\t' or '\n' or '\r')) word += (char)c;
            else if (word.Length > 0) break;
        }
        return word;
    }
}
