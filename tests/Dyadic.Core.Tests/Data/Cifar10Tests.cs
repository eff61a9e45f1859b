using Dyadic.Data;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Data;

public sealed class Cifar10Tests
{
    private const int Pixels = 3 * 32 * 32;

    [Fact]
    public void Rows_are_a_label_and_three_planes()
    {
        using Folder folder = new();
        Write(folder.At("data_batch_2.bin"), 7);
        Write(folder.At("data_batch_1.bin"), 3, 9);
        Write(folder.At("test_batch.bin"), 0);
        IDataset train = DataSpec.Parse($"cifar10:{folder.At("")}").Load(), test = DataSpec.Parse($"cifar10:{folder.At("")}:test").Load();
        float[] image = new float[Pixels];
        Assert.Equal([3, 9, 7], Enumerable.Range(0, 3).Select(i => train.Read(i, image)));              // batches in order of their names
        Assert.Equal(Enumerable.Range(0, Pixels).Select(i => (byte)(i * 7 + 7) / 255f), image);
        Assert.Equal([3, 32, 32], train.SampleShape.ToArray());
        Assert.Equal((10, 1, "ship"), (train.Classes, test.Count, train.ClassNames[8]));
        Assert.Equal(1, DataSpec.Parse($"cifar10:{folder.At("")}:train[1:2]").Load().Count);
    }

    [Theory]
    [InlineData("cifar10:a/b", "cifar10:a/b:test")]
    [InlineData("cifar10:C:\\b:train[5:]", "cifar10:C:\\b:test")]
    [InlineData("fashion-mnist[0:9]", "fashion-mnist:test")]
    [InlineData("cifar10:a:test", null)]
    [InlineData("sample", null)]
    public void Training_data_knows_its_test_part(string text, string? test) => Assert.Equal(test, DataSpec.Parse(text).TestPart?.ToString());

    [Fact]
    public void Damaged_files_are_refused()
    {
        using Folder folder = new();
        string path = folder.At("test_batch.bin");
        string Message() => Assert.Throws<InvalidDataException>(() => Cifar10.Load(folder.At(""), train: false)).Message;
        Assert.Contains("cifar", Assert.Throws<FileNotFoundException>(() => Cifar10.Load(folder.At("none"), train: true)).Message);
        Write(path, 10);
        Assert.Contains("label 10 in row 0", Message());
        File.WriteAllBytes(path, []);
        Assert.Contains("0 bytes", Message());
        File.WriteAllBytes(path, new byte[Pixels]);
        Assert.Contains($"'{path}'", Message());
    }

    [FixtureFact(Fixture.ExternalData)]
    public void The_published_files_are_read()
    {
        string folder = Path.Combine(Fixtures.ExternalData, "cifar10");
        ImageDataset test = Cifar10.Load(folder, train: false), train = Cifar10.Load(folder, train: true);
        Assert.Equal((10_000, 5_000), (test.Count, train.Count));
        float[] image = new float[Pixels];
        int[] counts = new int[10];
        for (int i = 0; i < test.Count; i++) counts[test.Read(i, image)]++;
        Assert.All(counts, c => Assert.Equal(1000, c));
        Assert.Equal("cat", test.ClassNames[test.Read(0, image)]);
    }

    // Image k of a file has the value 7·i + its label at place i.
    private static void Write(string path, params byte[] labels) => File.WriteAllBytes(
        path, [.. labels.SelectMany(label => Enumerable.Range(0, Pixels).Select(i => (byte)(i * 7 + label)).Prepend(label))]);
}
