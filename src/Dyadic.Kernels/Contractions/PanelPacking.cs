using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels.Contractions;

/// <summary>Brings weights into the rows of a panel: four bytes of each column.</summary>
internal static unsafe class PanelPacking
{
    private const int Side = 4;      // of the squares that are turned in registers

    /// <summary>to[places[k]][n] = rows[n][k].</summary>
    /// <param name="rows">One of <paramref name="count"/> values for each column.</param>
    /// <param name="count">Rows of the panel.</param>
    /// <param name="to">[count][columns].</param>
    /// <param name="columns">A multiple of four.</param>
    /// <param name="places">Which row of the panel takes value k, or null where it is row k.</param>
    public static void Turn(int** rows, int count, int* to, int columns, int* places)
    {
        int k = 0;
        int** y = stackalloc int*[Side];
        for (; k <= count - Side; k += Side)
        {
            for (int i = 0; i < Side; i++) y[i] = to + (nint)(places is null ? k + i : places[k + i]) * columns;
            for (int n = 0; n < columns; n += Side)
            {
                Vector128<int> a = Vector128.Load(rows[n] + k), b = Vector128.Load(rows[n + 1] + k), c = Vector128.Load(rows[n + 2] + k), d = Vector128.Load(rows[n + 3] + k);
                Vector128<int> ab = Interleave.Low(a, b), cd = Interleave.Low(c, d), ab2 = Interleave.High(a, b), cd2 = Interleave.High(c, d);
                Interleave.LowPairs(ab, cd).Store(y[0] + n);
                Interleave.HighPairs(ab, cd).Store(y[1] + n);
                Interleave.LowPairs(ab2, cd2).Store(y[2] + n);
                Interleave.HighPairs(ab2, cd2).Store(y[3] + n);
            }
        }
        for (; k < count; k++)
            for (int n = 0; n < columns; n++) to[(nint)(places is null ? k : places[k]) * columns + n] = rows[n][k];
    }

    /// <summary>to[n] = the bytes a[n], b[n], c[n], d[n].</summary>
    public static void Zip(sbyte* a, sbyte* b, sbyte* c, sbyte* d, int* to, int count)
    {
        int n = 0;
        for (; n <= count - Vector128<byte>.Count; n += Vector128<byte>.Count)
        {
            Vector128<byte> va = Vector128.Load((byte*)a + n), vb = Vector128.Load((byte*)b + n), vc = Vector128.Load((byte*)c + n), vd = Vector128.Load((byte*)d + n);
            Zip(Vector128.WidenLower(va) | Vector128.WidenLower(vb) << 8, Vector128.WidenLower(vc) | Vector128.WidenLower(vd) << 8, (uint*)to + n);
            Zip(Vector128.WidenUpper(va) | Vector128.WidenUpper(vb) << 8, Vector128.WidenUpper(vc) | Vector128.WidenUpper(vd) << 8, (uint*)to + n + Vector128<ushort>.Count);
        }
        for (; n < count; n++) to[n] = (byte)a[n] | (byte)b[n] << 8 | (byte)c[n] << 16 | (byte)d[n] << 24;
    }

    /// <summary>to[n] = the int16 a[n], b[n].</summary>
    public static void Zip(short* a, short* b, int* to, int count)
    {
        int n = 0;
        for (; n <= count - Vector128<short>.Count; n += Vector128<short>.Count) Zip(Vector128.Load((ushort*)a + n), Vector128.Load((ushort*)b + n), (uint*)to + n);
        for (; n < count; n++) to[n] = (ushort)a[n] | b[n] << 16;
    }

    private static void Zip(Vector128<ushort> low, Vector128<ushort> high, uint* to)
    {
        (Vector128.WidenLower(low) | Vector128.WidenLower(high) << 16).Store(to);
        (Vector128.WidenUpper(low) | Vector128.WidenUpper(high) << 16).Store(to + Vector128<uint>.Count);
    }
}
