using System.Text.Json;
using Dyadic.Cli.Peers;
using Dyadic.Numerics;
using Dyadic.Testing;

namespace Dyadic.Cli.Tests.Peers;

public class OnnxRuntimePeerTests
{
    // The file of y[n] = x[n]·x[n] on int32, opset 13, IR version 7.
    private static readonly byte[] Square = Convert.FromHexString(
        "08073A370A0E0A01780A017812017922034D756C1201735A100A0178120B0A09080612050A0312016E62100A0179120B0A09080612050A0312016E42040A00100D");

    [FixtureFact(Fixture.OnnxRuntime)]
    public void A_model_is_described_and_runs_for_any_batch()
    {
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(Square);
        PeerValue x = Assert.Single(session.Inputs), y = Assert.Single(session.Outputs);
        Assert.Equal(("x", DType.Int32), (x.Name, x.Type));
        Assert.Equal(("y", DType.Int32), (y.Name, y.Type));
        Assert.Equal([-1], x.Dims);
        Assert.Equal([9, 16, 25], session.Run(PeerTensor.Of<int>("x", [3], [-3, 4, 5]))[0].Values<int>());
        Assert.Equal([0], session.Run(PeerTensor.Of<int>("x", [0], []))[0].Dims);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Bound_inputs_run_again_with_the_same_answer()
    {
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(Square, threads: 2, PeerOptimization.Off);
        using OnnxRuntimeRun run = session.Prepare(PeerTensor.Of<int>("x", [1], [7]));
        Assert.Throws<InvalidOperationException>(run.Fetch);
        for (int i = 0; i < 100; i++) run.Run();
        Assert.Equal([49], run.Fetch()[0].Values<int>());
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Its_refusals_become_exceptions_with_its_own_words()
    {
        Assert.Contains("opening the model", Assert.Throws<OnnxRuntimeException>(() => Fixtures.OnnxRuntime.OpenSession(Square[..40])).Message);
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(Square);
        Assert.Contains("z", Assert.Throws<OnnxRuntimeException>(() => session.Run(PeerTensor.Of<int>("z", [1], [1]))).Message);
        Assert.Contains("x", Assert.Throws<OnnxRuntimeException>(() => session.Run(PeerTensor.Of<float>("x", [1], [1]))).Message);
        Assert.Contains("'x'", Assert.Throws<OnnxRuntimeException>(() => session.Run(PeerTensor.Of<int>("x", [5], [1]))).Message);
        Assert.Throws<ArgumentException>(() => PeerTensor.Of<int>("x", [1], [1]).Values<float>().Length);
    }

    [FixtureFact(Fixture.OnnxRuntime, Fixture.ExternalData)]
    public void A_real_network_answers_as_recorded()
    {
        const string model = "cifar10/resnet8_cifar10_f32.onnx";
        string folder = Path.Combine(Fixtures.ExternalData, "models");
        using JsonDocument refs = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "refs.json")));
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(Path.Combine(folder, model), 1, PeerOptimization.Off);
        JsonElement expected = refs.RootElement.GetProperty(model).GetProperty("outputs").GetProperty(session.Outputs[0].Name);

        float[] x = [.. Enumerable.Range(0, 3 * 32 * 32).Select(i => (float)(0.5 * Math.Sin(0.7 * i)))];     // the fill that refs.json names
        PeerTensor y = session.Run(PeerTensor.Of<float>("input", [1, 3, 32, 32], x))[0];

        float[] first = [.. expected.GetProperty("first").EnumerateArray().Select(v => v.GetSingle())];
        Assert.Equal([1, 10], y.Dims);
        for (int i = 0; i < first.Length; i++) Assert.Equal(first[i], y.Values<float>()[i], 1e-6f);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused_with_its_name()
    {
        Assert.False(OnnxRuntimePeer.TryLoad(Repository.At("LICENSE"), out OnnxRuntimePeer? peer, out string reason));
        Assert.Null(peer);
        Assert.Contains("LICENSE", reason);
    }
}
