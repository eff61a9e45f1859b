using Dyadic.Bench.RealModels;
using Dyadic.Data;
using Dyadic.Ops;

namespace Dyadic.Bench.Quantisation;

/// <summary>Networks for ImageNet on the decoded crops of caltech101-imagenet: 44 photos of its categories, since nothing here reads JPEG.</summary>
internal static class Photographs
{
    private static readonly float[] Middle = [128];

    /// <summary>Calibrated on the 60 photos of faces320x240, judged on the 44 crops.</summary>
    public static EvidenceModel Model(string name, string task, string file, int size) => new(name, task, "top-1, %")
    {
        File = () => RealModelFiles.Find(file), IsClassifier = true,
        Calibration = () => [.. Directory.EnumerateFiles(Path.Combine(RealModelFiles.Data, "faces320x240"), "*.ppm").Order(StringComparer.Ordinal).Chunk(4)
            .Select(files => Input(Tensor.Concat(0, [.. files.Select(f => Prepared(Images.Read(f), size))])))],
        Judge = (run, _) =>
        {
            string folder = Path.Combine(RealModelFiles.Data, "caltech101-imagenet");
            Tensor crops = Npy.Read(Path.Combine(folder, "crops224_u8_nhwc.npy"));
            int[][] accepted = [.. File.ReadLines(Path.Combine(folder, "crops224_labels.tsv")).Where(l => l.Contains(".jpg", StringComparison.Ordinal)).Select(l => l.Split('\t')[2].Split(';').Select(int.Parse).ToArray())];
            int right = 0;
            for (int i = 0; i < crops.Shape[0]; i++)
            {
                Tensor photo = crops.Slice(0, i, i + 1).Reshape(crops.Shape[1], crops.Shape[2], 3);
                if (accepted[i].Contains(Answers.Class(run(Input(Prepared(photo, size))))[0] - 1)) right++;      // class 0 is the background
            }
            return new(100.0 * right / crops.Shape[0], crops.Shape[0]);
        },
    };

    private static Tensor Prepared(Tensor photo, int size) => Images.Normalize(photo, size, size, Middle, Middle);

    private static Dictionary<string, Tensor> Input(Tensor x) => new() { ["input"] = x.Contiguous() };
}
