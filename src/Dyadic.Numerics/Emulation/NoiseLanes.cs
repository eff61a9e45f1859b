using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Numerics.Emulation;

/// <summary>The words of <see cref="Noise"/> for sixteen neighbouring elements, each in the lower half of a 64-bit lane whose upper half is undefined.</summary>
internal struct NoiseLanes(ulong seed, uint op)
{
    private uint _element, _stage;
    private int _position, _block;
    private Words _low, _high;       // elements 0 … 7 and 8 … 15

    public void Seek(long element, int stage) => (_element, _stage, _position, _block) = ((uint)element, (uint)stage, 0, -1);

    public void At(int position) => _position = position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next(out Vector512<ulong> low, out Vector512<ulong> high)
    {
        int block = _position >> 2;
        if (block != _block) Draw(block);
        switch (_position++ & 3)
        {
            case 0: (low, high) = (_low.X0, _high.X0); break;
            case 1: (low, high) = (_low.X1, _high.X1); break;
            case 2: (low, high) = (_low.X2, _high.X2); break;
            default: (low, high) = (_low.X3, _high.X3); break;
        }
    }

    private void Draw(int block)
    {
        Vector512<ulong> element = Vector512.Create((ulong)_element) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        (_low.X0, _low.X1, _low.X2, _low.X3) = Philox.EightBlocks(seed, element, Vector512.Create((ulong)(uint)block), op, _stage);
        (_high.X0, _high.X1, _high.X2, _high.X3) = Philox.EightBlocks(seed, element + Vector512.Create(8UL), Vector512.Create((ulong)(uint)block), op, _stage);
        _block = block;
    }

    private struct Words
    {
        public Vector512<ulong> X0, X1, X2, X3;
    }
}
