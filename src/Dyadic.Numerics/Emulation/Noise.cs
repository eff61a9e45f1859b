using System.Runtime.CompilerServices;

namespace Dyadic.Numerics.Emulation;

/// <summary>The random words of one element: a function of (seed, number of the op, stage, element, place), docs/equations/emulation.md (10).</summary>
internal struct Noise(ulong seed, uint op)
{
    private uint _element, _stage;
    private int _position, _block;
    private (uint X0, uint X1, uint X2, uint X3) _words;

    public void Seek(long element, int stage) => (_element, _stage, _position, _block) = ((uint)element, (uint)stage, 0, -1);

    public void At(int position) => _position = position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Next()
    {
        int block = _position >> 2;
        if (block != _block)
        {
            _words = Philox.Block(seed, _element | (ulong)(uint)block << 32, op | (ulong)_stage << 32);
            _block = block;
        }
        return (_position++ & 3) switch { 0 => _words.X0, 1 => _words.X1, 2 => _words.X2, _ => _words.X3 };
    }
}
