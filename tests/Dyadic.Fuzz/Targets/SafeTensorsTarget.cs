using System.Buffers.Binary;
using Dyadic.Data;
using Dyadic.Fuzz.Mutations;
using Dyadic.Numerics;

namespace Dyadic.Fuzz.Targets;

/// <summary>A safetensors file.</summary>
public sealed class SafeTensorsTarget : DataTarget
{
    /// <inheritdoc/>
    public override string Name => "safetensors";

    /// <inheritdoc/>
    protected override IEnumerable<byte[]> MakeSeeds(string file)
    {
        Dictionary<string, Tensor> tensors = new() { ["a"] = Tensor.Ones(Shape.Of(2, 3)), ["b.weight"] = Tensor.Zeros(Shape.Of(4), DType.Int8), ["c"] = Tensor.Scalar(1, DType.Float64) };
        SafeTensors.Write(file, tensors, new Dictionary<string, string> { ["format"] = "pt" }, overwrite: true);
        yield return File.ReadAllBytes(file);
        SafeTensors.Write(file, new Dictionary<string, Tensor>(), overwrite: true);
        yield return File.ReadAllBytes(file);
    }

    // Mostly the header, whose length then fits again.
    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng)
    {
        if (rng.NextInt(4) == 0) return base.Mutate(seed, rng);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(seed);
        byte[] header = TextMutator.Mutate(seed[8..(8 + length)], rng), start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, header.Length);
        return [.. start, .. header, .. seed[(8 + length)..]];
    }

    /// <inheritdoc/>
    protected override void Read(string path) => SafeTensors.Read(path);
}
