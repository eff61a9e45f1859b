using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>That fixtures are what they are taken for.</summary>
public class FixtureTests
{
    [FixtureFact(Fixture.FashionMnist)]
    public void Fashion_MNIST_is_four_IDX_files() =>
        Assert.All(["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"],
            name => Assert.True(File.Exists(Path.Combine(Fixtures.FashionMnist, name + "-ubyte.gz"))));

    [FixtureFact(Fixture.OnnxTestData)]
    public void The_ONNX_cases_are_folders_with_a_model() =>
        Assert.All(Directory.GetDirectories(Path.Combine(Fixtures.OnnxTestData, "node"), "test_relu*"),
            folder => Assert.True(File.Exists(Path.Combine(folder, "model.onnx"))));

    [FixtureFact(Fixture.PythonOnnx)]
    public void The_Python_with_onnx_is_a_file() => Assert.True(File.Exists(Fixtures.PythonWithOnnx));

    [Fact]
    public void A_skip_names_its_fixture_and_how_to_install_it()
    {
        string? text = Fixtures.Missing(Fixture.ExternalData);
        Assert.True(text is null || text.Contains("DYADIC_DATA", StringComparison.Ordinal));
        Assert.Null(Fixtures.Missing());
        Assert.All(Enum.GetValues<Fixture>(), f => Assert.NotEmpty(Fixtures.Install(f)));
    }
}
