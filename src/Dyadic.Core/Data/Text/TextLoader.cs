namespace Dyadic.Data;

/// <summary>A batch of texts, as wide as its longest.</summary>
/// <param name="Tokens">Ids, presence and types, each [N, T].</param>
/// <param name="Labels">[N], Int64; −1 where there is none.</param>
public readonly record struct TextBatch(TokenBatch Tokens, Tensor Labels);

/// <summary>Cuts labelled texts into batches of tokens, like <see cref="DataLoader"/> does with samples of one shape. Texts are tokenised once.</summary>
public sealed class TextLoader : BatchLoader<TextBatch>
{
    private readonly Tokenizer _tokenizer;
    private readonly TokenizedText[] _texts;
    private readonly int[] _labels;

    /// <summary>A loader.</summary>
    /// <param name="data">The texts.</param>
    /// <param name="tokenizer">Makes tokens of them.</param>
    /// <param name="batchSize">Texts a batch.</param>
    /// <param name="maxLength">The most tokens of a text.</param>
    /// <param name="shuffle">Shuffles each epoch by a stream of its own; null keeps the order.</param>
    /// <param name="dropLast">Leave out an incomplete last batch; the default is to do so when shuffling.</param>
    /// <param name="workers">Threads that prepare batches; 0 prepares them on the caller's.</param>
    /// <exception cref="ArgumentException">There are no texts.</exception>
    public TextLoader(TextDataset data, Tokenizer tokenizer, int batchSize, int maxLength, Rng? shuffle = null, bool? dropLast = null, int workers = 1)
        : base(data.Samples.Count, batchSize, shuffle, dropLast, workers)
    {
        _tokenizer = tokenizer;
        _texts = [.. data.Samples.Select(s => tokenizer.Encode(s.Text, s.Pair, maxLength))];
        _labels = [.. data.Samples.Select(s => s.Label)];
    }

    /// <inheritdoc/>
    private protected override TextBatch Make(int epoch, int[] indices) => new(
        _tokenizer.Pad([.. indices.Select(i => _texts[i])]), Tensor.From([.. indices.Select(i => (long)_labels[i])], Shape.Of(indices.Length)));
}
