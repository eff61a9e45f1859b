namespace Dyadic.Recipes.Proteins;

/// <summary>Sequences of amino acids as one-hot columns: place 0 is an unknown residue or padding, places 1 … 20 are the letters in the order A R N D C Q E G H I L K M F P S T W Y V.</summary>
internal static class AminoAcids
{
    /// <summary>Places of a column.</summary>
    public const int Count = 21;

    private const string Letters = "ARNDCQEGHILKMFPSTWYV";

    /// <summary>The letter of place 1 … 20.</summary>
    public static char Letter(int place) => Letters[place - 1];

    /// <summary>Writes a sequence as [<see cref="Count"/>, length]; what is longer is cut off.</summary>
    public static void Encode(ReadOnlySpan<char> sequence, Span<float> columns)
    {
        int length = columns.Length / Count;
        columns.Clear();
        for (int i = 0; i < length; i++)
            columns[(i < sequence.Length ? Letters.IndexOf(sequence[i], StringComparison.Ordinal) + 1 : 0) * length + i] = 1;
    }

    /// <summary>Sequences as a tensor [N, <see cref="Count"/>, length].</summary>
    public static Tensor Encode(IReadOnlyList<string> sequences, int length)
    {
        float[] values = new float[sequences.Count * Count * length];
        for (int i = 0; i < sequences.Count; i++) Encode(sequences[i], values.AsSpan(i * Count * length, Count * length));
        return Tensor.From(values, [sequences.Count, Count, length]);
    }
}
