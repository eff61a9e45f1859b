using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

internal readonly unsafe partial struct IntVector128 : IMapVector<Vector128<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Gather(int* table, Vector128<int> indices) => Vector128.Create(table[indices[0]], table[indices[1]], table[indices[2]], table[indices[3]]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Subtract(Vector128<int> a, Vector128<int> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Multiply(Vector128<int> a, Vector128<int> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Abs(Vector128<int> a) => Vector128.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MinMagnitude(Vector128<int> a, Vector128<int> b) => Vector128.Min(a.AsUInt32(), b.AsUInt32()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MaxMagnitude(Vector128<int> a, Vector128<int> b) => Vector128.Max(a.AsUInt32(), b.AsUInt32()).AsInt32();

    public static uint MaxAcross(Vector128<int> a)
    {
        uint most = 0;
        for (int lane = 0; lane < Lanes; lane++) most = Math.Max(most, (uint)a[lane]);
        return most;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftLeft(Vector128<int> a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRightLogical(Vector128<int> a, int count) => a >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Signs(Vector128<int> a) => a >> 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool EqualsAny(Vector128<int> a, Vector128<int> b) => Vector128.EqualsAny(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Differ(Vector128<int> a, Vector128<int> b) => ~Vector128.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyFloats(Vector128<int> a, Vector128<int> b) => (a.AsSingle() * b.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Truncate(Vector128<int> a) => Vector128.ConvertToInt32Native(a.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ToFloats(Vector128<int> a) => Vector128.ConvertToSingle(a).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadCodes(sbyte* p)
    {
        Vector128<sbyte> codes = Vector128.CreateScalar(Unsafe.ReadUnaligned<int>(p)).AsSByte();
        return Vector128.WidenLower(Vector128.WidenLower(codes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadHalfWords(ushort* p) => Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(p)).AsUInt16()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(Vector128<int> x, short* p) => Unsafe.WriteUnaligned(p, Vector128.Narrow(x, x).AsInt64().ToScalar());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadMagnitudes(long* p, int right, uint cap, out Vector128<int> signs)
    {
        Vector128<long> a = Vector128.Load(p), b = Vector128.Load(p + 2);
        Vector128<ulong> most = Vector128.Create((ulong)cap);
        signs = Vector128.Narrow(a >> 63, b >> 63);
        return Vector128.Narrow(
            Vector128.Min(Vector128.Abs(a).AsUInt64() >>> right, most), Vector128.Min(Vector128.Abs(b).AsUInt64() >>> right, most)).AsInt32();
    }
}
