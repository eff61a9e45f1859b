using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Dyadic.Bench.RealModels;

/// <summary>Lines of text as images, drawn with the outlines of a TrueType font: black on white.</summary>
/// <remarks>OpenType 1.9: tables head, hhea, hmtx, loca, cmap (format 4) and glyf with simple and composite glyphs; no hinting, no kerning.</remarks>
internal sealed class Font
{
    private const int Samples = 4;       // of a pixel, in each direction
    private readonly byte[] _file;
    private readonly Dictionary<string, int> _tables = [];
    private readonly int _ascent, _descent, _metrics;
    private readonly bool _longOffsets;
    private readonly int _segments, _characters;

    private Font(byte[] file)
    {
        _file = file;
        for (int i = 0; i < U16(4); i++) _tables[Encoding.ASCII.GetString(file, 12 + (16 * i), 4)] = I32(12 + (16 * i) + 8);
        _longOffsets = U16(_tables["head"] + 50) != 0;
        (_ascent, _descent, _metrics) = (I16(_tables["hhea"] + 4), I16(_tables["hhea"] + 6), U16(_tables["hhea"] + 34));
        int cmap = _tables["cmap"];
        _characters = Enumerable.Range(0, U16(cmap + 2)).Select(i => cmap + I32(cmap + 4 + (8 * i) + 4)).First(at => U16(at) == 4);
        _segments = U16(_characters + 6) / 2;
    }

    /// <summary>Where Debian's package fonts-dejavu-core puts its sans-serif font.</summary>
    public const string DejaVuSans = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

    /// <summary>The font in a file.</summary>
    public static Font Read(string path) => new(File.ReadAllBytes(path));

    /// <summary>[height, width, 1], UInt8: one line of text that fills the height, with a margin around it.</summary>
    public Tensor Line(string text, int height)
    {
        float scale = height * 0.8f / (_ascent - _descent), baseline = (height * 0.1f) + (_ascent * scale), x = height * 0.25f;
        List<Vector2[]> outlines = [];
        foreach (Rune character in text.EnumerateRunes())
        {
            int glyph = Glyph(character.Value);
            foreach (Vector2[] contour in Contours(glyph)) outlines.Add([.. contour.Select(p => new Vector2(x + (p.X * scale), baseline - (p.Y * scale)))]);
            x += Advance(glyph) * scale;
        }
        int width = (int)MathF.Ceiling(x + (height * 0.25f));
        return Tensor.From(Fill(outlines, width, height), Shape.Of(height, width, 1));
    }

    // The share of a pixel's samples inside of the outlines (winding number not 0), as darkness.
    private static byte[] Fill(List<Vector2[]> outlines, int width, int height)
    {
        int[] inside = new int[width * height];
        List<(float X, int Turn)> crossings = [];
        for (int row = 0; row < height * Samples; row++)
        {
            float y = (row + 0.5f) / Samples;
            crossings.Clear();
            foreach (Vector2[] contour in outlines)
                for (int i = 0; i < contour.Length; i++) Cross(contour[i], contour[(i + 1) % contour.Length], y, crossings);
            crossings.Sort();
            int winding = 0;
            for (int c = 0; c + 1 < crossings.Count; c++)
            {
                winding += crossings[c].Turn;
                if (winding == 0) continue;
                int from = (int)MathF.Ceiling((crossings[c].X * Samples) - 0.5f), to = (int)MathF.Ceiling((crossings[c + 1].X * Samples) - 0.5f);
                for (int s = Math.Max(from, 0); s < Math.Min(to, width * Samples); s++) inside[(row / Samples * width) + (s / Samples)]++;
            }
        }
        return Array.ConvertAll(inside, n => (byte)(255 - (n * 255 / (Samples * Samples))));
    }

    private static void Cross(Vector2 a, Vector2 b, float y, List<(float X, int Turn)> crossings)
    {
        if (a.Y <= y == b.Y <= y) return;
        crossings.Add((a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X)), a.Y < b.Y ? 1 : -1));
    }

    private int Glyph(int character)
    {
        int ends = _characters + 14, starts = ends + (2 * _segments) + 2, deltas = starts + (2 * _segments), offsets = deltas + (2 * _segments);
        for (int s = 0; s < _segments; s++)
        {
            if (U16(ends + (2 * s)) < character) continue;
            int start = U16(starts + (2 * s)), offset = U16(offsets + (2 * s));
            if (start > character) return 0;
            int glyph = offset == 0 ? character : U16(offsets + (2 * s) + offset + (2 * (character - start)));
            return glyph == 0 ? 0 : (glyph + U16(deltas + (2 * s))) & 0xFFFF;
        }
        return 0;
    }

    private int Advance(int glyph) => U16(_tables["hmtx"] + (4 * Math.Min(glyph, _metrics - 1)));

    private List<Vector2[]> Contours(int glyph)
    {
        int loca = _tables["loca"], at = _longOffsets ? I32(loca + (4 * glyph)) : 2 * U16(loca + (2 * glyph)), end = _longOffsets ? I32(loca + (4 * glyph) + 4) : 2 * U16(loca + (2 * glyph) + 2);
        if (end <= at) return [];
        at += _tables["glyf"];
        int contours = I16(at);
        return contours >= 0 ? Simple(at + 10, contours) : Composite(at + 10);
    }

    private List<Vector2[]> Simple(int at, int contours)
    {
        int[] ends = [.. Enumerable.Range(0, contours).Select(i => U16(at + (2 * i)))];
        at += 2 * contours;
        at += 2 + U16(at);
        int points = contours == 0 ? 0 : ends[^1] + 1;
        byte[] flags = new byte[points];
        for (int i = 0; i < points;)
        {
            byte flag = _file[at++];
            int times = (flag & 8) != 0 ? _file[at++] + 1 : 1;
            for (; times > 0; times--) flags[i++] = flag;
        }
        int[] x = Coordinates(flags, 2, 16, ref at), y = Coordinates(flags, 4, 32, ref at);
        List<Vector2[]> result = [];
        for (int c = 0, first = 0; c < contours; first = ends[c++] + 1)
            result.Add(Flat([.. Enumerable.Range(first, ends[c] + 1 - first).Select(i => (new Vector2(x[i], y[i]), (flags[i] & 1) != 0))]));
        return result;
    }

    private int[] Coordinates(byte[] flags, int isByte, int same, ref int at)
    {
        int[] values = new int[flags.Length];
        int value = 0;
        for (int i = 0; i < flags.Length; i++)
        {
            if ((flags[i] & isByte) != 0) value += (flags[i] & same) != 0 ? _file[at++] : -_file[at++];
            else if ((flags[i] & same) == 0)
            {
                value += I16(at);
                at += 2;
            }
            values[i] = value;
        }
        return values;
    }

    // Points off the curve are those of quadratic Bézier curves; between two of them lies one on it.
    private static Vector2[] Flat((Vector2 P, bool On)[] points)
    {
        List<(Vector2 P, bool On)> full = [];
        for (int i = 0; i < points.Length; i++)
        {
            (Vector2 p, bool on) = points[i];
            (Vector2 next, bool nextOn) = points[(i + 1) % points.Length];
            full.Add((p, on));
            if (!on && !nextOn) full.Add(((p + next) / 2, true));
        }
        int start = full.FindIndex(p => p.On);
        List<Vector2> line = [];
        for (int i = 0; i < full.Count; i++)
        {
            (Vector2 p, bool on) = full[(start + i) % full.Count];
            if (on)
            {
                line.Add(p);
                continue;
            }
            Vector2 a = line[^1], b = full[(start + i + 1) % full.Count].P;
            for (int t = 1; t < 8; t++)
            {
                float u = t / 8f;
                line.Add(((1 - u) * (1 - u) * a) + (2 * u * (1 - u) * p) + (u * u * b));
            }
        }
        return [.. line];
    }

    private List<Vector2[]> Composite(int at)
    {
        List<Vector2[]> result = [];
        int flags;
        do
        {
            flags = U16(at);
            int glyph = U16(at + 2);
            bool words = (flags & 1) != 0;
            (int dx, int dy) = words ? (I16(at + 4), I16(at + 6)) : ((sbyte)_file[at + 4], (sbyte)_file[at + 5]);
            at += words ? 8 : 6;
            (float a, float b, float c, float d) = (1, 0, 0, 1);
            if ((flags & 8) != 0) (a, d, at) = (Fraction(at), Fraction(at), at + 2);
            else if ((flags & 0x40) != 0) (a, d, at) = (Fraction(at), Fraction(at + 2), at + 4);
            else if ((flags & 0x80) != 0) (a, b, c, d, at) = (Fraction(at), Fraction(at + 2), Fraction(at + 4), Fraction(at + 6), at + 8);
            foreach (Vector2[] contour in Contours(glyph)) result.Add([.. contour.Select(p => new Vector2((a * p.X) + (c * p.Y) + dx, (b * p.X) + (d * p.Y) + dy))]);
        }
        while ((flags & 0x20) != 0);
        return result;
    }

    private float Fraction(int at) => I16(at) / 16384f;

    private int U16(int at) => BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at));

    private int I16(int at) => BinaryPrimitives.ReadInt16BigEndian(_file.AsSpan(at));

    private int I32(int at) => BinaryPrimitives.ReadInt32BigEndian(_file.AsSpan(at));
}
