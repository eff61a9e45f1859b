using System.Text;

namespace Dyadic.Data;

/// <summary>GPT-2's bijection of bytes and visible characters: bytes that Latin-1 shows are themselves, the others are 256, 257, ….</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Chars = Build();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Chars[b], b => (byte)b);

    /// <summary>All 256 characters, by byte.</summary>
    public static IReadOnlyList<char> All => Chars;

    /// <summary>The character of a byte.</summary>
    public static char Of(byte b) => Chars[b];

    /// <summary>The text of which <paramref name="characters"/> are the UTF-8 bytes; what is no UTF-8 becomes U+FFFD. Other characters stand for themselves.</summary>
    public static string Decode(string characters)
    {
        List<byte> bytes = new(characters.Length);
        foreach (Rune rune in characters.EnumerateRunes())
        {
            if (rune.IsBmp && Bytes.TryGetValue((char)rune.Value, out byte b)) bytes.Add(b);
            else bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static char[] Build()
    {
        char[] chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++) chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        return chars;
    }
}
