using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

/// <summary>Eight lanes: AVX2, or two halves.</summary>
internal readonly unsafe partial struct IntVector256 : IIntVector<Vector256<int>>
{
    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(int* p) => Vector256.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> x, int* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Splat(int x) => Vector256.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Splat64(long x) => Vector256.Create(x).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> a, Vector256<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add64(Vector256<int> a, Vector256<int> b) => (a.AsInt64() + b.AsInt64()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> And(Vector256<int> a, Vector256<int> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Or(Vector256<int> a, Vector256<int> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Xor(Vector256<int> a, Vector256<int> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> OddToEven(Vector256<int> a) => (a.AsUInt64() >>> 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> EvenToOdd(Vector256<int> a) => (a.AsUInt64() << 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Clamp(Vector256<int> x, Vector256<int> lo, Vector256<int> hi) => Vector256.Min(Vector256.Max(x, lo), hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> acc, Vector256<int> a, Vector256<int> b) =>
        Avx2.IsSupported
            ? acc + Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
            : Vector256.Create(IntVector128.Dot(acc.GetLower(), a.GetLower(), b.GetLower()), IntVector128.Dot(acc.GetUpper(), a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyEven(Vector256<int> a, Vector256<int> b) =>
        Avx2.IsSupported
            ? Avx2.Multiply(a, b).AsInt32()
            : Vector256.Create(IntVector128.MultiplyEven(a.GetLower(), b.GetLower()), IntVector128.MultiplyEven(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftRight64(Vector256<int> a, Vector256<int> counts) =>
        Avx2.IsSupported
            ? Avx2.ShiftRightLogicalVariable(a.AsUInt64(), counts.AsUInt64()).AsInt32()
            : Vector256.Create(IntVector128.ShiftRight64(a.GetLower(), counts.GetLower()), IntVector128.ShiftRight64(a.GetUpper(), counts.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftRightEach(Vector256<int> a, Vector256<int> counts) =>
        Avx2.IsSupported
            ? Avx2.ShiftRightLogicalVariable(a.AsUInt32(), counts.AsUInt32()).AsInt32()
            : Vector256.Create(IntVector128.ShiftRightEach(a.GetLower(), counts.GetLower()), IntVector128.ShiftRightEach(a.GetUpper(), counts.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadBytes(byte* p) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(p) : Vector256.Create(IntVector128.LoadBytes(p), IntVector128.LoadBytes(p + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadShorts(short* p) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(p) : Vector256.Create(IntVector128.LoadShorts(p), IntVector128.LoadShorts(p + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector256<int> x, byte* p)
    {
        Vector128<short> shorts = Vector128.Narrow(x.GetLower(), x.GetUpper());
        Unsafe.WriteUnaligned(p, Vector128.Narrow(shorts, shorts).AsInt64().ToScalar());
    }
}
