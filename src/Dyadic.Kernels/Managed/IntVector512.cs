using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

/// <summary>Sixteen lanes: AVX-512, or two halves.</summary>
internal readonly unsafe partial struct IntVector512 : IIntVector<Vector512<int>>
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* p) => Vector512.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> x, int* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Splat(int x) => Vector512.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Splat64(long x) => Vector512.Create(x).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Add(Vector512<int> a, Vector512<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Add64(Vector512<int> a, Vector512<int> b) => (a.AsInt64() + b.AsInt64()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> And(Vector512<int> a, Vector512<int> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Or(Vector512<int> a, Vector512<int> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Xor(Vector512<int> a, Vector512<int> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> OddToEven(Vector512<int> a) => (a.AsUInt64() >>> 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> EvenToOdd(Vector512<int> a) => (a.AsUInt64() << 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Clamp(Vector512<int> x, Vector512<int> lo, Vector512<int> hi) => Vector512.Min(Vector512.Max(x, lo), hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot(Vector512<int> acc, Vector512<int> a, Vector512<int> b) =>
        Avx512BW.IsSupported
            ? acc + Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())
            : Vector512.Create(IntVector256.Dot(acc.GetLower(), a.GetLower(), b.GetLower()), IntVector256.Dot(acc.GetUpper(), a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyEven(Vector512<int> a, Vector512<int> b) =>
        Avx512F.IsSupported
            ? Avx512F.Multiply(a, b).AsInt32()
            : Vector512.Create(IntVector256.MultiplyEven(a.GetLower(), b.GetLower()), IntVector256.MultiplyEven(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftRight64(Vector512<int> a, Vector512<int> counts) =>
        Avx512F.IsSupported
            ? Avx512F.ShiftRightLogicalVariable(a.AsUInt64(), counts.AsUInt64()).AsInt32()
            : Vector512.Create(IntVector256.ShiftRight64(a.GetLower(), counts.GetLower()), IntVector256.ShiftRight64(a.GetUpper(), counts.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftRightEach(Vector512<int> a, Vector512<int> counts) =>
        Avx512F.IsSupported
            ? Avx512F.ShiftRightLogicalVariable(a.AsUInt32(), counts.AsUInt32()).AsInt32()
            : Vector512.Create(IntVector256.ShiftRightEach(a.GetLower(), counts.GetLower()), IntVector256.ShiftRightEach(a.GetUpper(), counts.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBytes(byte* p) =>
        Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector128.Load(p))
            : Vector512.Create(IntVector256.LoadBytes(p), IntVector256.LoadBytes(p + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadShorts(short* p) =>
        Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load(p))
            : Vector512.Create(IntVector256.LoadShorts(p), IntVector256.LoadShorts(p + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector512<int> x, byte* p)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128Byte(x).Store(p);
            return;
        }
        IntVector256.StoreBytes(x.GetLower(), p);
        IntVector256.StoreBytes(x.GetUpper(), p + 8);
    }
}
