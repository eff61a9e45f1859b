using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.RealModels;

/// <summary>Batches of images; of noise where the data are absent.</summary>
internal static class Photos
{
    private static readonly Lazy<Tensor?> Crops = new(() => Existing("caltech101-imagenet", "crops224_u8_nhwc.npy") is { } file ? Npy.Read(file) : null);
    private static readonly Lazy<ImageDataset?> Cifar = new(() => Existing("cifar10", "test_batch.bin") is { } file ? Cifar10.Read(file) : null);
    private static readonly Lazy<Tensor[]> Portraits = new(() =>
        Directory.Exists(Path.Combine(RealModelFiles.Data, "faces320x240"))
            ? [.. Directory.EnumerateFiles(Path.Combine(RealModelFiles.Data, "faces320x240"), "face_*.ppm").Order(StringComparer.Ordinal).Select(Images.Read)]
            : []);

    /// <summary>[n, 3, h, w]: photos of 43 kinds of things, (pixel − mean)/deviation.</summary>
    public static Tensor Things(Rng rng, int n, int h, int w, float[] mean, float[] deviation) => Batch(n, _ =>
        Crops.Value is { } crops ? crops.Slice(0, rng.NextInt(crops.Shape[0]) is var i ? i : 0, i + 1).Reshape(crops.Shape[1], crops.Shape[2], 3) : Noise(rng, h, w),
        h, w, mean, deviation);

    /// <summary>[n, 3, h, w]: photos with one face each.</summary>
    public static Tensor Faces(Rng rng, int n, int h, int w, float[] mean, float[] deviation, bool blueFirst = false) =>
        Batch(n, _ => Portraits.Value is { Length: > 0 } all ? all[rng.NextInt(all.Length)] : Noise(rng, h, w), h, w, mean, deviation, blueFirst);

    /// <summary>[n, 3, 32, 32]: images of CIFAR-10's test set.</summary>
    public static Tensor Small(Rng rng, int n, float[] mean, float[] deviation) => Batch(n, _ => Small(rng), 32, 32, mean, deviation);

    private static Tensor Small(Rng rng)
    {
        if (Cifar.Value is not { } images) return Noise(rng, 32, 32);
        float[] x = new float[3 * 32 * 32];
        images.Read(rng.NextInt(images.Count), x);
        return Tensor.From<byte>(Array.ConvertAll(x, v => (byte)MathF.Round(v * 255)), Shape.Of(3, 32, 32)).Permute(1, 2, 0);
    }

    private static Tensor Batch(int n, Func<int, Tensor> image, int h, int w, float[] mean, float[] deviation, bool blueFirst = false) =>
        Tensor.Concat(0, [.. Enumerable.Range(0, n).Select(i => Images.Normalize(image(i), h, w, mean, deviation, blueFirst: blueFirst))]);

    private static Tensor Noise(Rng rng, int h, int w)
    {
        byte[] pixels = new byte[h * w * 3];
        foreach (ref byte p in pixels.AsSpan()) p = (byte)rng.NextUInt32();
        return Tensor.From<byte>(pixels, Shape.Of(h, w, 3));
    }

    private static string? Existing(params string[] parts) => Path.Combine([RealModelFiles.Data, .. parts]) is var path && File.Exists(path) ? path : null;
}
