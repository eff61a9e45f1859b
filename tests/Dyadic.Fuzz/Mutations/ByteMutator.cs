using System.Buffers.Binary;
using Dyadic.Numerics;

namespace Dyadic.Fuzz.Mutations;

/// <summary>Changes that know nothing of a format.</summary>
internal static class ByteMutator
{
    /// <summary>One to eight changes.</summary>
    public static byte[] Mutate(byte[] file, Rng rng)
    {
        List<byte> bytes = [.. file];
        for (int n = 1 + rng.NextInt(8); n > 0; n--) Change(bytes, rng);
        return [.. bytes];
    }

    /// <summary>One change in place or in length.</summary>
    public static void Change(List<byte> bytes, Rng rng)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)rng.NextInt(256));
            return;
        }
        int at = rng.NextInt(bytes.Count), length = 1 + rng.NextInt(Math.Min(16, bytes.Count - at));
        switch (rng.NextInt(7))
        {
            case 0: bytes[at] ^= (byte)(1 << rng.NextInt(8)); break;
            case 1: bytes[at] = (byte)rng.NextInt(256); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(at, bytes.GetRange(rng.NextInt(bytes.Count - length + 1), length)); break;
            case 4: bytes.RemoveRange(at, bytes.Count - at); break;
            default: Overwrite(bytes, at, rng); break;
        }
    }

    // A number of 1 to 8 bytes in either order.
    private static void Overwrite(List<byte> bytes, int at, Rng rng)
    {
        Span<byte> number = stackalloc byte[8];
        if (rng.NextInt(3) == 0) BinaryPrimitives.WriteSingleLittleEndian(number, Interesting.Real(rng));
        else BinaryPrimitives.WriteInt64LittleEndian(number, Interesting.Integer(rng, bytes[at]));
        int size = 1 << rng.NextInt(4);
        if (rng.NextInt(4) == 0) number[..size].Reverse();
        at -= at % size;
        for (int i = 0; i < size && at + i < bytes.Count; i++) bytes[at + i] = number[i];
    }
}
