using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

internal readonly unsafe partial struct IntVector512 : IMapVector<Vector512<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Gather(int* table, Vector512<int> indices) =>
        Vector512.Create(IntVector256.Gather(table, indices.GetLower()), IntVector256.Gather(table, indices.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Subtract(Vector512<int> a, Vector512<int> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Multiply(Vector512<int> a, Vector512<int> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Abs(Vector512<int> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MinMagnitude(Vector512<int> a, Vector512<int> b) => Vector512.Min(a.AsUInt32(), b.AsUInt32()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MaxMagnitude(Vector512<int> a, Vector512<int> b) => Vector512.Max(a.AsUInt32(), b.AsUInt32()).AsInt32();

    public static uint MaxAcross(Vector512<int> a) => Math.Max(IntVector256.MaxAcross(a.GetLower()), IntVector256.MaxAcross(a.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftLeft(Vector512<int> a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftRightLogical(Vector512<int> a, int count) => a >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Signs(Vector512<int> a) => a >> 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool EqualsAny(Vector512<int> a, Vector512<int> b) => Vector512.EqualsAny(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Differ(Vector512<int> a, Vector512<int> b) => ~Vector512.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyFloats(Vector512<int> a, Vector512<int> b) => (a.AsSingle() * b.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Truncate(Vector512<int> a) => Vector512.ConvertToInt32Native(a.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ToFloats(Vector512<int> a) => Vector512.ConvertToSingle(a).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadCodes(sbyte* p) =>
        Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector128.Load(p))
            : Vector512.Create(IntVector256.LoadCodes(p), IntVector256.LoadCodes(p + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadHalfWords(ushort* p) =>
        Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load(p))
            : Vector512.Create(IntVector256.LoadHalfWords(p), IntVector256.LoadHalfWords(p + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(Vector512<int> x, short* p)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector256Int16(x).Store(p);
            return;
        }
        IntVector256.StoreShorts(x.GetLower(), p);
        IntVector256.StoreShorts(x.GetUpper(), p + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadMagnitudes(long* p, int right, uint cap, out Vector512<int> signs)
    {
        Vector512<long> a = Vector512.Load(p), b = Vector512.Load(p + 8);
        Vector512<ulong> most = Vector512.Create((ulong)cap);
        signs = Vector512.Narrow(a >> 63, b >> 63);
        return Vector512.Narrow(
            Vector512.Min(Vector512.Abs(a).AsUInt64() >>> right, most), Vector512.Min(Vector512.Abs(b).AsUInt64() >>> right, most)).AsInt32();
    }
}
