using System.Text;
using Dyadic.Numerics;

namespace Dyadic.Fuzz.Mutations;

/// <summary>Changes of JSON, of the dictionaries of NumPy and of the text of graphs: numbers, words and brackets, repeated, exchanged or nested.</summary>
internal static class TextMutator
{
    private const int DeepNesting = 200;
    private static readonly string[] Words = ["null", "true", "false", "{}", "[]", "\"\"", "-1", "1e999", "NaN", "2147483648", "9223372036854775808", "0.5", ",", ":", "\"x\"", "[[[[", "}", "'", "None", "()"];

    /// <summary>One to four changes of words; in one of three cases a change of bytes follows.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="rng">What decides.</param>
    /// <param name="known">Words of the language, or null for those of JSON.</param>
    public static byte[] Mutate(byte[] file, Rng rng, string[]? known = null)
    {
        known ??= Words;
        List<string> words = Split(Encoding.Latin1.GetString(file));
        for (int n = 1 + rng.NextInt(4); n > 0 && words.Count > 0; n--)
        {
            int at = rng.NextInt(words.Count), other = rng.NextInt(words.Count);
            switch (rng.NextInt(7))
            {
                case 0: words.RemoveAt(at); break;
                case 1: words.Insert(at, words[other]); break;
                case 2: (words[at], words[other]) = (words[other], words[at]); break;
                case 3: words[at] = known[rng.NextInt(known.Length)]; break;
                case 4: words[at] = Interesting.Integer(rng, 0).ToString(System.Globalization.CultureInfo.InvariantCulture); break;
                case 5: words.InsertRange(at, words.GetRange(Math.Min(at, other), Math.Abs(at - other))); break;
                default: if (rng.NextInt(8) == 0) words[at] = string.Concat(Enumerable.Repeat("[", DeepNesting)); break;
            }
        }
        List<byte> bytes = [.. Encoding.Latin1.GetBytes(string.Concat(words))];
        if (rng.NextInt(3) == 0) ByteMutator.Change(bytes, rng);
        return [.. bytes];
    }

    // Runs of letters and digits, and each other character by itself.
    private static List<string> Split(string text)
    {
        List<string> words = [];
        for (int at = 0, end; at < text.Length; at = end)
        {
            for (end = at + 1; end < text.Length && IsWord(text[at]) && IsWord(text[end]); end++)
            {
            }
            words.Add(text[at..end]);
        }
        return words;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';
}
