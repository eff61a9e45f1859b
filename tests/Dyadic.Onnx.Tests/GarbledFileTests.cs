using Dyadic.Numerics;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Tests;

/// <summary>Files that were cut, flipped or made up: only OnnxException may come out, whatever the bytes.</summary>
public class GarbledFileTests
{
    private static readonly byte[] Good = OnnxModel.ToBytes(OnnxModelTests.Quantised()), Network = OnnxModel.ToBytes(Samples.Network());
    private static readonly byte[] Large = OnnxModel.ToBytes(Samples.TwoMatrices(16), new() { WithHash = false });      // initialisers that protobuf does not parse, and nothing behind the graph that could be left out

    private static void Survives(byte[] bytes)
    {
        try
        {
            OnnxModel.Import(bytes);
        }
        catch (OnnxException e)
        {
            Assert.StartsWith("onnx: model: ", e.Message);
        }
    }

    [Fact]
    public void Cut_anywhere()
    {
        for (int n = 0; n < Good.Length; n++) Survives(Good[..n]);
        for (int n = 0; n < Network.Length; n += 3) Survives(Network[..n]);
        for (int n = 0; n < Large.Length; n++) Assert.Throws<OnnxException>(() => OnnxModel.Import(Large[..n]));
        Assert.Throws<OnnxException>(() => OnnxModel.Import([]));
    }

    [Fact]
    public void Bits_flipped()
    {
        Rng rng = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. (i % 3) switch { 0 => Good, 1 => Network, _ => Large }];
            for (int flips = (int)(1 + (rng.NextDouble() * 4)); flips > 0; flips--)
                bytes[(int)(rng.NextDouble() * bytes.Length)] ^= (byte)(1 << (int)(rng.NextDouble() * 8));
            Survives(bytes);
        }
    }

    [Fact]
    public void Noise()
    {
        Rng rng = new(2);
        for (int i = 0; i < 2000; i++) Survives([.. Enumerable.Range(0, 200).Select(_ => (byte)(rng.NextDouble() * 256))]);
    }

    [Fact]
    public void A_file_over_the_cap_is_refused() =>
        Assert.Throws<BudgetException>(() => OnnxModel.Import(Good, new() { Budget = new() { Bytes = 20 } }));
}
