using System.Runtime.CompilerServices;
using System.Text;

namespace Dyadic.Numerics;

/// <summary>Random numbers as a function of (seed, stream, position): Philox-4x32-10, split by name.</summary>
/// <remarks>
/// docs/equations/random.md. A split depends on the seed, the parent's stream and the name alone, never on what has been drawn, so results do not depend
/// on the order of calls or on the number of threads. <see cref="At"/> and the splits are safe on many threads; the methods that advance are not:
/// give each thread its own split. Every method uses correctly rounded operations only, so a seed gives the same bytes on every machine.
/// </remarks>
public sealed partial class Rng
{
    private readonly ulong _seed, _stream;
    private ulong _position, _cachedBlock = ulong.MaxValue;
    private (uint X0, uint X1, uint X2, uint X3) _block;

    /// <summary>The root stream of <paramref name="seed"/>, at its start.</summary>
    public Rng(ulong seed) : this(new RngState(seed, 0, 0))
    {
    }

    /// <summary>The generator that <paramref name="state"/> was taken from.</summary>
    public Rng(RngState state) => (_seed, _stream, _position) = state;

    /// <summary>Seed, stream and position: what a checkpoint stores.</summary>
    public RngState State => new(_seed, _stream, _position);

    /// <summary>The stream called <paramref name="name"/> below this one, at its start.</summary>
    /// <param name="name">Any text, such as "dropout/3"; the hash is FNV-1a over its UTF-8 bytes.</param>
    public Rng Split(string name)
    {
        ulong hash = 0xCBF29CE484222325;                                          // (4)
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        return Child(hash);
    }

    /// <summary>The stream numbered <paramref name="index"/> below this one, at its start; differs from every named one.</summary>
    public Rng Split(long index) => Child(Mix((ulong)index ^ 0xA5A5A5A5A5A5A5A5));

    /// <summary>Word <paramref name="index"/> of this stream, whatever has been drawn so far.</summary>
    public uint At(ulong index) => Word(Philox.Block(_seed, index >> 2, _stream), (int)index & 3);     // (3)

    /// <summary>The next 32 uniform bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextUInt32()
    {
        ulong block = _position >> 2;
        if (block != _cachedBlock)
        {
            _block = Philox.Block(_seed, block, _stream);
            _cachedBlock = block;
        }
        return Word(_block, (int)_position++ & 3);
    }

    /// <summary>The next 64 uniform bits: two words, the first one low.</summary>
    public ulong NextUInt64()
    {
        uint low = NextUInt32();
        return low | (ulong)NextUInt32() << 32;
    }

    /// <summary>Fills <paramref name="words"/> with what as many calls of <see cref="NextUInt32"/> return.</summary>
    public void FillBits(Span<uint> words)
    {
        int i = 0;
        while (i < words.Length && (_position & 3) != 0) words[i++] = NextUInt32();
        int whole = (words.Length - i) & ~3;
        Philox.Blocks(_seed, _position >> 2, _stream, words.Slice(i, whole));
        _position += (ulong)whole;
        for (i += whole; i < words.Length; i++) words[i] = NextUInt32();
    }

    /// <inheritdoc/>
    public override string ToString() => $"Rng(seed {_seed}, stream {_stream:x16}, position {_position})";

    private Rng Child(ulong tag) => new(new RngState(_seed, Mix(Mix(_stream + 0x9E3779B97F4A7C15) ^ tag), 0));     // (5)

    private static uint Word((uint X0, uint X1, uint X2, uint X3) block, int lane) =>
        lane switch { 0 => block.X0, 1 => block.X1, 2 => block.X2, _ => block.X3 };

    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection of 64 bits.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
