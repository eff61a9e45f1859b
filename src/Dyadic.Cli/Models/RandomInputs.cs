using System.Runtime.InteropServices;
using Dyadic.Ir;
using Dyadic.Numerics;

namespace Dyadic.Cli.Models;

/// <summary>Inputs for measuring and proving where no data is given: the same for the same seed.</summary>
internal static class RandomInputs
{
    /// <summary>Samples for every input: floats normal with deviation 1, 8-bit codes uniform, wider integers 0 or 1 (they may be indices).</summary>
    /// <param name="graph">The model.</param>
    /// <param name="count">Samples; a known leading dimension overrides it.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="sizes">Sizes of symbolic dimensions other than the batch; 1 where missing.</param>
    public static InputSet Of(Graph graph, int count, ulong seed, IReadOnlyDictionary<string, int> sizes)
    {
        Rng rng = new(seed);
        Dim? batch = graph.Inputs.FirstOrDefault(v => v.Shape.Rank > 0 && !v.Shape[0].IsKnown)?.Shape[0];
        Tensor[] tensors = [.. graph.Inputs.Select(v => Of(v, count, batch, rng.Split(v.Name), sizes))];
        return new([.. graph.Inputs.Select(v => v.Name)], tensors, null, []);
    }

    private static Tensor Of(Value input, int count, Dim? batch, Rng rng, IReadOnlyDictionary<string, int> sizes)
    {
        int[] dims = new int[input.Shape.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            Dim dim = input.Shape[i];
            dims[i] = dim.IsKnown ? dim.Size : dim == batch ? count : sizes.GetValueOrDefault(dim.ToString(), 1);
        }
        Shape shape = Shape.Of(dims);
        switch (input.Type.Type)
        {
            case DType.Float32: return Tensor.Normal(shape, rng);
            case DType.Int8: return Tensor.From<sbyte>(MemoryMarshal.Cast<byte, sbyte>(Codes(rng, shape.Length)), shape);
            case DType.UInt8: return Tensor.From<byte>(Codes(rng, shape.Length), shape);
            case DType type when type.IsFloat(): return Ops.CastExtensions.Cast(Tensor.Normal(shape, rng), type);
            default:
                int[] bits = new int[shape.Length];
                foreach (ref int bit in bits.AsSpan()) bit = rng.NextInt(2);
                return Ops.CastExtensions.Cast(Tensor.From(bits, shape), input.Type.Type);
        }
    }

    private static byte[] Codes(Rng rng, int count)
    {
        byte[] codes = new byte[count];
        foreach (ref byte code in codes.AsSpan()) code = (byte)rng.NextUInt32();
        return codes;
    }
}
