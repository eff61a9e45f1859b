using System.Globalization;
using Dyadic.Bench.RealModels;
using Dyadic.Data;

namespace Dyadic.Bench.Quantisation;

/// <summary>The sentence encoder on SICK: how well the cosine of two sentences follows what people said of their likeness.</summary>
internal static class Sentences
{
    private const int Length = 40, Batch = 50, Pairs = 2500;

    /// <summary>Calibrated on sentences behind the first 2,500 pairs, judged on those pairs.</summary>
    public static EvidenceModel Model() => new("use-lite", "sentence encoder use_lite_en, 2,500 pairs of SICK", "Pearson × 100")
    {
        File = () => RealModelFiles.Find("text/use_lite_en.onnx"),
        Calibration = () =>
        {
            Tokenizer tokenizer = Tokenizer.ReadUnigram(Text("use_lite_vocab.tsv"));
            int[][] sentences = [.. File.ReadLines(Text("sick_CC-BY-NC-SA.tsv")).Skip(1 + Pairs).Select(l => l.Split('\t')[1]).Where((_, i) => i % 16 == 0).Take(256).Select(s => tokenizer.Encode(s).Ids.Take(Length).ToArray())];
            return [.. sentences.Chunk(16).Select(Input)];
        },
        Judge = (run, _) =>
        {
            string[][] lines = [.. File.ReadLines(Text("sick_use_ids_CC-BY-NC-SA.tsv")).Skip(1).Select(l => l.Split('\t'))];
            List<double> cosines = [];
            foreach (string[][] part in lines.Chunk(Batch))
            {
                float[] a = run(Input([.. part.Select(l => Ids(l[1]))]))[0].ToArray<float>(), b = run(Input([.. part.Select(l => Ids(l[2]))]))[0].ToArray<float>();
                int size = a.Length / part.Length;
                for (int i = 0; i < part.Length; i++) cosines.Add(Cosine(a.AsSpan(i * size, size), b.AsSpan(i * size, size)));
            }
            return new(100 * MathNet.Numerics.Statistics.Correlation.Pearson(cosines, lines.Select(l => double.Parse(l[0], CultureInfo.InvariantCulture))), lines.Length);
        },
    };

    private static string Text(string file) => Path.Combine(RealModelFiles.Data, "text", file);

    private static int[] Ids(string text) => [.. text.Split(' ').Select(t => int.Parse(t, CultureInfo.InvariantCulture))];

    // Filled up to one length, which the mask hides.
    private static Dictionary<string, Tensor> Input(int[][] sentences)
    {
        long[] ids = new long[sentences.Length * Length], mask = new long[ids.Length];
        for (int s = 0; s < sentences.Length; s++)
            for (int t = 0; t < sentences[s].Length; t++) (ids[s * Length + t], mask[s * Length + t]) = (sentences[s][t], 1);
        return new() { ["input_ids"] = Tensor.From<long>(ids, Shape.Of(sentences.Length, Length)), ["attention_mask"] = Tensor.From<long>(mask, Shape.Of(sentences.Length, Length)) };
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(a, b);
}
