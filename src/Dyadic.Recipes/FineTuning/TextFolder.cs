using Dyadic.Data;
using Dyadic.Nn;

namespace Dyadic.Recipes.FineTuning;

/// <summary>
/// Real text from a folder: sentence_polarity_{train,dev}.tsv (label, sentence), banking77_{train,test}.csv (text, category) and blimp_pairs.tsv (uid, term, good,
/// bad). The encoder is pre-trained on the training sentences, in word pieces learnt from them.
/// </summary>
internal sealed class TextFolder
{
    private const int Pieces = 4000, Length = 32, Features = 64, Heads = 4, Layers = 4, PairsHeld = 2000;

    private readonly TextDataset _reviews, _heldReviews, _questions, _heldQuestions, _pairs;
    private readonly Tokenizer _tokenizer;

    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    public TextFolder(string folder, Rng rng)
    {
        TextColumns review = new("1", "0", Header: false), question = new("text", "category");
        _reviews = TextDataset.Read(At("sentence_polarity_train.tsv"), review);
        _heldReviews = TextDataset.Read(At("sentence_polarity_dev.tsv"), review, _reviews.Classes);
        _questions = TextDataset.Read(At("banking77_train.csv"), question);
        _heldQuestions = TextDataset.Read(At("banking77_test.csv"), question, _questions.Classes);
        TextDataset good = TextDataset.Read(At("blimp_pairs.tsv"), new("good", null, Pair: "bad"));
        _pairs = new([.. good.Samples.OrderBy(s => s.Text, StringComparer.Ordinal).Select((s, i) => Turned(s, rng.Split(i)))], ["first", "second"]);
        _tokenizer = TokenizerTraining.WordPiece(Corpus(), Pieces);

        string At(string name) => File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : throw new FileNotFoundException($"'{folder}' holds no {name}. Name a folder of the three text sets.");
    }

    /// <summary>Sizes of the encoder.</summary>
    public BertOptions Options
    {
        get
        {
            BertOptions options = BertOptions.Of(_tokenizer.Size, Features, Heads, Layers, Length, dropout: 0);
            return options with { Padding = _tokenizer.PaddingId, Encoder = options.Encoder with { PreNorm = true } };
        }
    }

    /// <summary>Pre-trains the encoder.</summary>
    public Pretrained<BertOptions> Pretrain(int most, int batch, int epochs, Rng rng, Action<double> progress)
    {
        TokenSequences text = TokenSequences.Of(_tokenizer, [.. Corpus().Select(t => new TextSample(t, null, 0))], Length);
        int first = TokenizerTraining.BertSpecials.Count;      // ids of the special tokens come first
        return Pretraining.Masked(Options, text.Take(most), _tokenizer.Id("[MASK]")!.Value, first, batch, epochs, 1e-3, rng, progress);
    }

    /// <summary>Feeling of a sentence, intent of a question, and which of two sentences is grammatical; training and test rows at most so many.</summary>
    public IEnumerable<FineTuningTask> Tasks(Pretrained<BertOptions> start, int train, int test)
    {
        IReadOnlyList<TextSample> pairs = _pairs.Samples;
        yield return Task("polarity", _reviews.Samples, _heldReviews.Samples, 2);
        yield return Task("BANKING77", _questions.Samples, _heldQuestions.Samples, _questions.Classes.Count);
        yield return Task("BLiMP pairs", [.. pairs.Skip(PairsHeld)], [.. pairs.Take(PairsHeld)], 2);

        FineTuningTask Task(string name, IReadOnlyList<TextSample> training, IReadOnlyList<TextSample> held, int classes) =>
            FineTuningTask.Classify(name, start, TokenSequences.Of(_tokenizer, Some(training, train), Length), TokenSequences.Of(_tokenizer, Some(held, test), Length), classes);
    }

    // From all of the list, so that no class is left out.
    private static TextSample[] Some(IReadOnlyList<TextSample> samples, int most) =>
        [.. Enumerable.Range(0, Math.Min(most, samples.Count)).Select(i => samples[(int)((long)i * samples.Count / Math.Min(most, samples.Count))])];

    private IEnumerable<string> Corpus() =>
        _reviews.Samples.Concat(_questions.Samples).Select(s => s.Text).Concat(_pairs.Samples.Skip(PairsHeld).Select(s => s.Label == 0 ? s.Text : s.Pair!));

    private static TextSample Turned(TextSample good, Rng rng) => rng.NextInt(2) == 0 ? good with { Label = 0 } : new(good.Pair!, good.Text, 1);
}
