using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Passes;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Compression.Tests.EndToEnd;

/// <summary>The embedded network on its way to integers, each form made once: float graph, integer-only graph, graph with float inputs and outputs.</summary>
internal static class FashionModel
{
    public const int Pixels = 28 * 28, Classes = 10;

    private static readonly Lazy<Graph> LazyFloat = new(() => OnnxModel.Import(Path).Graph);
    private static readonly Lazy<Plan> LazyFloatPlan = new(() => Float.Simplify().Compile());
    private static readonly Lazy<QuantizeResult> LazyInteger = new(() => Quantize(new() { IntegerOnly = true }));
    private static readonly Lazy<QuantizeResult> LazyMixed = new(() => Quantize(new()));
    private static readonly Lazy<byte[]> LazyIntegerFile = new(() => OnnxModel.ToBytes(LazyInteger.Value.Graph));
    private static readonly Lazy<Plan> LazyIntegerPlan = new(() => OnnxModel.Import(IntegerFile).Graph.Compile());
    private static readonly Lazy<FashionImages> LazySample = new(() => FashionImages.Load("sample"));
    private static readonly Lazy<FashionImages> LazyTest = new(() => FashionImages.Load("fashion-mnist:test"));

    public static string Path => Repository.At("assets/resnet8-fashion-mnist.onnx");

    public static Graph Float => LazyFloat.Value;

    public static Plan FloatPlan => LazyFloatPlan.Value;

    /// <summary>The exported file of the integer-only model: uint8 in, int8 out.</summary>
    public static byte[] IntegerFile => LazyIntegerFile.Value;

    /// <summary>The plan of <see cref="IntegerFile"/>, imported again: what the file says is what runs.</summary>
    public static Plan IntegerPlan => LazyIntegerPlan.Value;

    /// <summary>The quantised model with float inputs and outputs.</summary>
    public static Graph Mixed => LazyMixed.Value.Graph;

    /// <summary>The 2,000 embedded test images.</summary>
    public static FashionImages Sample => LazySample.Value;

    /// <summary>All 10,000 test images; for tests marked with <see cref="Fixture.FashionMnist"/>.</summary>
    public static FashionImages Test => LazyTest.Value;

    /// <summary>The test images that this machine has.</summary>
    public static FashionImages Images => HasDataSet ? Test : Sample;

    private static bool HasDataSet => Fixtures.Missing(Fixture.FashionMnist) is null;

    /// <summary>Calibrated on at most 512 training images; on a machine without them, on the sample.</summary>
    public static QuantizeResult Quantize(QuantizeConfig config)
    {
        FashionImages images = FashionImages.Load(HasDataSet ? "fashion-mnist:train[0:512]" : "sample[0:512]");
        return Float.Quantize(config, Enumerable.Range(0, 16).Select(b => Tensor.From(images.Reals(b * 32, 32), Shape.Of(32, 1, 28, 28))));
    }
}

/// <summary>Images as bytes, which are the codes of the integer-only model: scale 1/255, zero point 0.</summary>
internal sealed record FashionImages(byte[] Codes, int[] Labels)
{
    public int Count => Labels.Length;

    public static FashionImages Load(string spec)
    {
        IDataset data = DataSpec.Parse(spec).Load();
        byte[] codes = new byte[data.Count * FashionModel.Pixels];
        int[] labels = new int[data.Count];
        float[] image = new float[FashionModel.Pixels];
        QuantParams bytes = new(8, false, 1 / 255f, 0);
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = data.Read(i, image);
            bytes.Quantize<byte>(image, codes.AsSpan(i * image.Length, image.Length));
        }
        return new(codes, labels);
    }

    /// <summary>Images as value/255.</summary>
    public float[] Reals(int first, int count) => Array.ConvertAll(Codes[(first * FashionModel.Pixels)..((first + count) * FashionModel.Pixels)], c => c / 255f);

    /// <summary>The share of images whose greatest score is that of their label.</summary>
    public double Accuracy<T>(T[] scores) where T : IComparable<T> => (double)Enumerable.Range(0, Count).Count(i => Top<T>(scores, i) == Labels[i]) / Count;

    /// <summary>The first class of the greatest score of image <paramref name="index"/>.</summary>
    public static int Top<T>(ReadOnlySpan<T> scores, int index) where T : IComparable<T>
    {
        ReadOnlySpan<T> row = scores.Slice(index * FashionModel.Classes, FashionModel.Classes);
        int best = 0;
        for (int c = 1; c < row.Length; c++) if (row[c].CompareTo(row[best]) > 0) best = c;
        return best;
    }
}
