using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Guides;

/// <summary>The code of docs/guides/transformers.md, run; the last test compares it with the page.</summary>
public sealed class TransformersGuideTests
{
    [Fact]
    public void The_way_from_texts_to_a_classifier()
    {
        using Folder folder = new();
        string path = folder.At("tokenizer.json"), file = folder.At("reviews.csv"), checkpoint = folder.At("model.safetensors");
        string[] words = ["film", "story", "cast", "end"];
        string[] texts = [.. Enumerable.Range(0, 64).Select(i => $"what a {(i % 2 == 0 ? "good" : "dull")} {words[i / 2 % 4]}, said {words[i / 8 % 4]} {i / 2}!")];
        File.WriteAllLines(file, [.. texts.Select((t, i) => $"\"{t}\",{(i % 2 == 0 ? "good" : "bad")}").Prepend("text,category")]);

        Tokenizer tokenizer = TokenizerTraining.WordPiece(texts, size: 200);
        TokenizerFile.Write(path, tokenizer);
        Tokenizer again = TokenizerFile.Read(path);

        TokenizedText tokens = again.Encode("What a good film!", maxLength: 16);
        string text = again.Decode(tokens.Ids);
        Assert.Equal("what a good film!", text);

        TextDataset data = TextDataset.Read(file, new TextColumns("text", "category"));
        TextLoader loader = new(data, tokenizer, batchSize: 8, maxLength: 16, shuffle: new Rng(1));

        BertOptions options = BertOptions.Of(tokenizer.Size, features: 16, heads: 2, layers: 1, positions: 16);
        BertForClassification model = new(options, classes: 2, new Rng(1));
        Adam optimizer = new(model.NamedParameters(), 0.01);
        for (int epoch = 0; epoch < 15; epoch++)
        {
            foreach ((TokenBatch batch, Tensor labels) in loader.Epoch(epoch))
            {
                model.ZeroGrad();
                Losses.CrossEntropy(model.Forward(batch.Ids, batch.Present, batch.Types), labels).Backward();
                optimizer.Step();
            }
        }

        SafeTensors.Write(checkpoint, model.NamedWeights(WeightNames.Bert));
        BertForClassification other = new(options, classes: 2, new Rng(2));
        WeightReport report = other.LoadWeights(SafeTensors.Read(checkpoint).Tensors, WeightNames.Bert);
        Assert.Empty(report.Missing.Concat(report.Unexpected));

        other.Eval();
        TokenBatch unseen = tokenizer.EncodeBatch(["what a dull film, said story 70!", "what a good cast, said film 71!"]);
        Assert.Equal([0L, 1], other.Forward(unseen.Ids, unseen.Present).ArgMax(1).ToArray<long>());                               // bad, good

        TensorType row = new(DType.Int64, Shape.Of(16));
        Graph graph = model.Trace([("input_ids", row), ("attention_mask", row)], x => [model.Forward(x[0], x[1])], ["logits"]);
        Assert.Equal([Dim.Symbol("N"), 2], graph.Outputs[0].Shape);
    }

    [Fact]
    public void Attention_and_recurrence()
    {
        Tensor x = Tensor.Normal(Shape.Of(3, 5, 32), new Rng(4)), memory = Tensor.Normal(Shape.Of(3, 7, 32), new Rng(5)), zero = Tensor.Zeros(Shape.Of(2, 3, 8));
        Tensor present = Tensor.Ones(Shape.Of(3, 5), DType.Int64);

        TransformerEncoder encoder = new(new(Features: 32, Heads: 4, Hidden: 64) { Layers = 2, PreNorm = true }, new Rng(1));
        Tensor y = encoder.Forward(x, AttentionMask.OfKeys(present), causal: true);

        MultiHeadAttention cross = new(features: 32, heads: 4, new Rng(2));
        Tensor mixed = cross.Forward(x, memory, memory);

        Lstm lstm = new(inFeatures: 32, hidden: 8, new Rng(3), layers: 2);
        (Tensor outputs, Tensor h, Tensor c) = lstm.Forward(x, zero, zero);
        Assert.Equal(["[3, 5, 32]", "[3, 5, 32]", "[3, 5, 8]", "[2, 3, 8]", "[2, 3, 8]"], ((Tensor[])[y, mixed, outputs, h, c]).Select(t => t.Shape.ToString()));
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf("transformers.md", "tests/Dyadic.Core.Tests/Guides/TransformersGuideTests.cs", 6);
}
