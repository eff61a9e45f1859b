using Dyadic.Data;
using Dyadic.Ops;

namespace Dyadic.Recipes.FineTuning;

/// <summary>Sequences of tokens, padded to one length, and the label of each: a class, or the place where a span begins.</summary>
/// <param name="Length">Tokens of a sequence, padding included.</param>
/// <param name="Ids">[N · Length].</param>
/// <param name="Present">[N · Length]: 1 for a token, 0 for padding.</param>
/// <param name="Labels">[N].</param>
internal sealed record TokenSequences(int Length, long[] Ids, float[] Present, long[] Labels)
{
    public int Count => Ids.Length / Length;

    /// <summary>Texts as tokens, cut off or padded to <paramref name="length"/>.</summary>
    public static TokenSequences Of(Tokenizer tokenizer, IReadOnlyList<TextSample> texts, int length)
    {
        long[] ids = new long[texts.Count * length], labels = [.. texts.Select(t => (long)t.Label)];
        float[] present = new float[ids.Length];
        Array.Fill(ids, tokenizer.PaddingId);
        for (int i = 0; i < texts.Count; i++)
        {
            int[] tokens = tokenizer.Encode(texts[i].Text, texts[i].Pair, length).Ids;
            for (int t = 0; t < tokens.Length; t++) (ids[i * length + t], present[i * length + t]) = (tokens[t], 1);
        }
        return new(length, ids, present, labels);
    }

    /// <summary>The first sequences.</summary>
    public TokenSequences Take(int count) => count >= Count ? this : new(Length, Ids[..(count * Length)], Present[..(count * Length)], Labels[..count]);

    /// <summary>These sequences and, behind them, <paramref name="others"/> of the same length.</summary>
    public TokenSequences With(TokenSequences others) => new(Length, [.. Ids, .. others.Ids], [.. Present, .. others.Present], [.. Labels, .. others.Labels]);

    /// <summary>Ids and presence of some sequences, both [n, Length].</summary>
    public (Tensor Ids, Tensor Present) Inputs(ReadOnlySpan<int> rows) => (Rows(Ids, Length, rows), Rows(Present, Length, rows));

    /// <summary>The classes of some sequences, [n].</summary>
    public Tensor Classes(ReadOnlySpan<int> rows) => Rows(Labels, 1, rows).Reshape(rows.Length);

    private static Tensor Rows<T>(T[] values, int width, ReadOnlySpan<int> rows) where T : unmanaged
    {
        T[] picked = new T[rows.Length * width];
        for (int i = 0; i < rows.Length; i++) Array.Copy(values, rows[i] * width, picked, i * width, width);
        return Tensor.From(picked, [rows.Length, width]);
    }
}
