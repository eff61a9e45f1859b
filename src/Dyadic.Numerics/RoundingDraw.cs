using System.Runtime.InteropServices;

namespace Dyadic.Numerics;

/// <summary>u(seed, stream, i): 64 uniform bits for the rounding of element i, of which nearly always the first 16 suffice.</summary>
/// <param name="Seed">The seed of the run: the Philox key.</param>
/// <param name="Stream">The stream of one rounding of one tensor; two roundings that share it are dependent, which makes their product biased.</param>
/// <remarks>
/// docs/equations/fixed-point.md (3)–(4). The upper 16 bits of u are the i-th half-word of the stream, low half first; the lower 48 come from a block that no word
/// of the stream uses, and are worth drawing only where the upper ones leave the rounding open, once in 65,536 elements.
/// </remarks>
public readonly record struct RoundingDraw(ulong Seed, ulong Stream)
{
    /// <summary>The first 16 bits of as many elements as two blocks of eight give: kernels cut their loops at multiples of it.</summary>
    public const int Group = 64;

    /// <summary>The draw of the stream of <paramref name="rng"/>, whatever has been drawn from it; take a split of its own for each rounding.</summary>
    public static RoundingDraw Of(Rng rng) => new(rng.State.Seed, rng.State.Stream);

    /// <summary>An independent draw numbered <paramref name="index"/>.</summary>
    public RoundingDraw Split(long index) => Of(new Rng(new RngState(Seed, Stream, 0)).Split(index));

    /// <summary>The 64 bits of element <paramref name="i"/>.</summary>
    public ulong At(long i) => (ulong)First(i) << 48 | Rest(i);                                                       // (3)

    /// <summary>The upper 16 bits of the elements from <paramref name="first"/> on.</summary>
    /// <param name="first">A multiple of 8.</param>
    /// <param name="bits">Receives one value for each element; the length is a multiple of 8.</param>
    public void Fill(long first, Span<ushort> bits)
    {
        Ensure.Shape(first % 8 == 0 && bits.Length % 8 == 0,
            $"RoundingDraw.Fill: elements {first} to {first + bits.Length} are no whole blocks. Begin and end at a multiple of 8.");
        Philox.Blocks(Seed, (ulong)first >> 3, Stream, MemoryMarshal.Cast<ushort, uint>(bits));
        if (!BitConverter.IsLittleEndian)
            for (int i = 0; i < bits.Length; i += 2) (bits[i], bits[i + 1]) = (bits[i + 1], bits[i]);
    }

    private ushort First(long i)
    {
        (uint x0, uint x1, uint x2, uint x3) = Philox.Block(Seed, (ulong)i >> 3, Stream);
        uint word = ((int)(i >> 1) & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
        return (ushort)(word >> (16 * (int)(i & 1)));
    }

    private ulong Rest(long i)
    {
        (uint x0, uint x1, _, _) = Philox.Block(Seed, 1UL << 63 | (ulong)i, Stream);                                  // (4); blocks of words are below 2⁶²
        return (x0 | (ulong)x1 << 32) >> 16;
    }
}
