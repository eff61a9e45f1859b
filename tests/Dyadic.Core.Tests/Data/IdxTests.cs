using System.IO.Compression;
using Dyadic.Data;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Data;

public sealed class IdxTests
{
    private static readonly byte[] Bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal)) gzip.Write(content);
        return packed.ToArray();
    }

    [Fact]
    public void Plain_and_packed_files_are_read()
    {
        using Folder folder = new();
        File.WriteAllBytes(folder.At("a"), Bytes);
        File.WriteAllBytes(folder.At("b"), Gzip(Bytes));
        File.WriteAllBytes(folder.At("c"), [0, 0, 0x0B, 1, 0, 0, 0, 2, 1, 2, 255, 254]);
        File.WriteAllBytes(folder.At("d"), [0, 0, 0x0D, 1, 0, 0, 0, 1, 63, 128, 0, 0]);
        Assert.Equal([2, 3], Idx.Read(folder.At("a")).Shape.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6], Idx.Read(folder.At("b")).ToArray<byte>());
        Assert.Equal([258, -2], Idx.Read(folder.At("c")).ToArray<short>());
        Assert.Equal([1f], Idx.Read(folder.At("d")).ToArray<float>());
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using Folder folder = new();
        folder.Damage(Bytes, "bad", path => Idx.Read(path));
        folder.Damage(Gzip(Bytes), "bad.gz", path => Idx.Read(path));
        File.WriteAllBytes(folder.At("long"), [.. Bytes, 7]);
        Assert.Contains("longer", Assert.Throws<InvalidDataException>(() => Idx.Read(folder.At("long"))).Message);
        File.WriteAllBytes(folder.At("bomb"), Gzip([0, 0, 8, 1, 127, 255, 0, 0, 1]));
        Assert.Throws<InvalidDataException>(() => Idx.Read(folder.At("bomb")));
    }

    [Fact]
    public void Missing_data_says_how_to_install_it()
    {
        using Folder folder = new();
        Assert.Contains("apt-get install dataset-fashion-mnist", Assert.Throws<FileNotFoundException>(() => FashionMnist.Load(train: true, folder.At("none"))).Message);
    }

    // The first labels of the published test set, and the mean of its pixels (0.2868 = 73.15/255).
    [FixtureFact(Fixture.FashionMnist)]
    public void Fashion_mnist_is_what_was_published()
    {
        ImageDataset test = FashionMnist.Load(train: false, Fixtures.FashionMnist);
        Assert.Equal(10_000, test.Count);
        Assert.Equal([1, 28, 28], test.SampleShape.ToArray());
        float[] pixels = new float[784];
        int[] perClass = new int[10], first = new int[10];
        double sum = 0, largest = 0;
        for (int i = 0; i < test.Count; i++)
        {
            int label = test.Read(i, pixels);
            perClass[label]++;
            if (i < first.Length) first[i] = label;
            sum += pixels.Sum();
            largest = Math.Max(largest, pixels.Max());
        }
        Assert.Equal([9, 2, 1, 1, 6, 1, 4, 6, 5, 7], first);
        Assert.Equal(Enumerable.Repeat(1000, 10), perClass);
        Assert.InRange(sum / (test.Count * 784.0), 0.2863, 0.2873);
        Assert.Equal(1, largest);
    }
}
