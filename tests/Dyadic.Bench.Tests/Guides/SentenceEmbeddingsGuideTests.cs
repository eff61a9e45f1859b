using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.Guides;

/// <summary>The code of docs/guides/sentence-embeddings.md, run; the last test compares it with the page.</summary>
public sealed class SentenceEmbeddingsGuideTests
{
    private const string Page = "sentence-embeddings.md";

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void Sentences_of_one_meaning_are_near()
    {
        string model = Path.Combine(Fixtures.ExternalData, "models", "text", "use_lite_en.onnx"), pieces = Path.Combine(Fixtures.ExternalData, "text", "use_lite_vocab.tsv");

        Tokenizer tokenizer = Tokenizer.ReadUnigram(pieces);
        Graph graph = OnnxModel.Import(model).Graph;
        Tensor Embed(params string[] sentences)
        {
            TokenBatch batch = tokenizer.EncodeBatch(sentences);
            Session session = new(graph.Compile(new() { Batch = sentences.Length, Sizes = new Dictionary<string, int> { ["L"] = batch.Ids.Shape[1] } }));
            return session.Run(batch.Ids, batch.Present)[0];
        }

        Tensor meanings = Embed("How do I reset my password?", "I forgot my login credentials", "The weather is lovely today");
        float[] cosines = meanings.MatMul(meanings.Transpose()).ToArray<float>();      // [3, 3]: vectors have length 1

        Assert.All([cosines[0], cosines[4], cosines[8]], c => Assert.Equal(1, c, 4));
        Assert.True(cosines[1] > cosines[2] + 0.1f && cosines[1] > cosines[5] + 0.1f, string.Join(", ", cosines));
        Assert.Equal(Embed("I forgot my login credentials").ToArray<float>(), meanings.Slice(0, 1, 2).ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-4f);      // padding changes nothing
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf(Page, "tests/Dyadic.Bench.Tests/Guides/SentenceEmbeddingsGuideTests.cs", 2);
}
