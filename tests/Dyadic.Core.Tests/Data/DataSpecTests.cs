using Dyadic.Data;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Data;

public sealed class DataSpecTests
{
    [Theory]
    [InlineData("sample", "sample", 0, null)]
    [InlineData("sample[5:]", "sample", 5, null)]
    [InlineData("fashion-mnist:test[0:512]", "fashion-mnist:test", 0, 512)]
    [InlineData("fashion-mnist[:7]", "fashion-mnist", 0, 7)]
    [InlineData("a/b.npz[1:2]", "a/b.npz", 1, 2)]
    [InlineData("C:\\b.npz", "C:\\b.npz", 0, null)]
    [InlineData("x[1]/b.npz[3:4]", "x[1]/b.npz", 3, 4)]
    public void Specifications_are_read_and_read_again(string text, string source, int from, int? to)
    {
        DataSpec spec = DataSpec.Parse(text);
        Assert.Equal(new DataSpec(source, from, to), spec);
        Assert.Equal(spec, DataSpec.Parse(spec.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cifar")]
    [InlineData("fashion-mnist:valid")]
    [InlineData("fashion-mnist[1]")]
    [InlineData("fashion-mnist[1:2:3]")]
    [InlineData("sample[-5:]")]
    [InlineData("sample[3:3]")]
    [InlineData("sample[0:99999999999]")]
    [InlineData("x.npy")]
    public void Others_are_refused(string text) => Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => DataSpec.Parse(text)).Message);

    [Fact]
    public void An_archive_is_a_dataset()
    {
        string path = Repository.At("tests/golden/data/stored.npz");
        IDataset data = DataSpec.Parse(path + "[1:]").Load();
        float[] sample = new float[12];
        Assert.Equal(9, data.Read(0, sample));
        Assert.Equal(Enumerable.Range(12, 12).Select(i => i / 255f), sample);
        Assert.Equal([1, 3, 4], data.SampleShape.ToArray());
        Assert.Contains("2 samples", Assert.Throws<InvalidDataException>(() => DataSpec.Parse(path + "[1:3]").Load()).Message);
        Assert.Throws<FileNotFoundException>(() => DataSpec.Parse("none.npz").Load());
    }

    [Fact]
    public void A_label_that_no_class_can_have_is_refused()
    {
        using Folder folder = new();
        Npz.Write(folder.At("x.npz"), [new("x", Tensor.Zeros([1, 2])), new("labels", Tensor.Vector<long>(long.MaxValue))]);
        Assert.Throws<InvalidDataException>(() => DataSpec.Parse(folder.At("x.npz")).Load());
    }
}
