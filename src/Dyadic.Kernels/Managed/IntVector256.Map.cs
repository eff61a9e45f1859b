using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

internal readonly unsafe partial struct IntVector256 : IMapVector<Vector256<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Gather(int* table, Vector256<int> indices) =>
        Avx2.IsSupported
            ? Avx2.GatherVector256(table, indices, sizeof(int))
            : Vector256.Create(IntVector128.Gather(table, indices.GetLower()), IntVector128.Gather(table, indices.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Subtract(Vector256<int> a, Vector256<int> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<int> a, Vector256<int> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Abs(Vector256<int> a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MinMagnitude(Vector256<int> a, Vector256<int> b) => Vector256.Min(a.AsUInt32(), b.AsUInt32()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MaxMagnitude(Vector256<int> a, Vector256<int> b) => Vector256.Max(a.AsUInt32(), b.AsUInt32()).AsInt32();

    public static uint MaxAcross(Vector256<int> a) => Math.Max(IntVector128.MaxAcross(a.GetLower()), IntVector128.MaxAcross(a.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftLeft(Vector256<int> a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftRightLogical(Vector256<int> a, int count) => a >>> count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Signs(Vector256<int> a) => a >> 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool EqualsAny(Vector256<int> a, Vector256<int> b) => Vector256.EqualsAny(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Differ(Vector256<int> a, Vector256<int> b) => ~Vector256.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyFloats(Vector256<int> a, Vector256<int> b) => (a.AsSingle() * b.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Truncate(Vector256<int> a) => Vector256.ConvertToInt32Native(a.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ToFloats(Vector256<int> a) => Vector256.ConvertToSingle(a).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadCodes(sbyte* p) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(p) : Vector256.Create(IntVector128.LoadCodes(p), IntVector128.LoadCodes(p + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadHalfWords(ushort* p) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(p) : Vector256.Create(IntVector128.LoadHalfWords(p), IntVector128.LoadHalfWords(p + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreShorts(Vector256<int> x, short* p) => Vector128.Narrow(x.GetLower(), x.GetUpper()).Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadMagnitudes(long* p, int right, uint cap, out Vector256<int> signs)
    {
        Vector256<long> a = Vector256.Load(p), b = Vector256.Load(p + 4);
        Vector256<ulong> most = Vector256.Create((ulong)cap);
        signs = Vector256.Narrow(a >> 63, b >> 63);
        return Vector256.Narrow(
            Vector256.Min(Vector256.Abs(a).AsUInt64() >>> right, most), Vector256.Min(Vector256.Abs(b).AsUInt64() >>> right, most)).AsInt32();
    }
}
