using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

/// <summary>Four lanes: SSE4.1, AdvSimd, or plain code.</summary>
internal readonly unsafe partial struct IntVector128 : IIntVector<Vector128<int>>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(int* p) => Vector128.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> x, int* p) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Splat(int x) => Vector128.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Splat64(long x) => Vector128.Create(x).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> a, Vector128<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add64(Vector128<int> a, Vector128<int> b) => (a.AsInt64() + b.AsInt64()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> And(Vector128<int> a, Vector128<int> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Or(Vector128<int> a, Vector128<int> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Xor(Vector128<int> a, Vector128<int> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> OddToEven(Vector128<int> a) => (a.AsUInt64() >>> 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> EvenToOdd(Vector128<int> a) => (a.AsUInt64() << 32).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Clamp(Vector128<int> x, Vector128<int> lo, Vector128<int> hi) => Vector128.Min(Vector128.Max(x, lo), hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot(Vector128<int> acc, Vector128<int> a, Vector128<int> b)
    {
        if (Sse2.IsSupported) return acc + Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());
        if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<int> lower = AdvSimd.MultiplyWideningLower(a.AsInt16().GetLower(), b.AsInt16().GetLower());
            return acc + AdvSimd.Arm64.AddPairwise(lower, AdvSimd.MultiplyWideningUpper(a.AsInt16(), b.AsInt16()));
        }
        return acc + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyEven(Vector128<int> a, Vector128<int> b)
    {
        if (Sse41.IsSupported) return Sse41.Multiply(a, b).AsInt32();
        if (AdvSimd.IsSupported)
            return AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a.AsInt64()), AdvSimd.ExtractNarrowingLower(b.AsInt64())).AsInt32();
        return Vector128.Create((long)a[0] * b[0], (long)a[2] * b[2]).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRight64(Vector128<int> a, Vector128<int> counts)
    {
        if (Avx2.IsSupported) return Avx2.ShiftRightLogicalVariable(a.AsUInt64(), counts.AsUInt64()).AsInt32();
        if (AdvSimd.IsSupported) return AdvSimd.ShiftLogical(a.AsUInt64(), -counts.AsInt64()).AsInt32();
        return Vector128.Create(a.AsUInt64()[0] >> counts[0], a.AsUInt64()[1] >> counts[2]).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRightEach(Vector128<int> a, Vector128<int> counts)
    {
        if (Avx2.IsSupported) return Avx2.ShiftRightLogicalVariable(a.AsUInt32(), counts.AsUInt32()).AsInt32();
        if (AdvSimd.IsSupported) return AdvSimd.ShiftLogical(a.AsUInt32(), -counts).AsInt32();
        return Vector128.Create(a[0] >>> counts[0], a[1] >>> counts[1], a[2] >>> counts[2], a[3] >>> counts[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadBytes(byte* p)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(p)).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadShorts(short* p) => Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<long>(p)).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Vector128<int> x, byte* p)
    {
        Vector128<short> shorts = Vector128.Narrow(x, x);
        Unsafe.WriteUnaligned(p, Vector128.Narrow(shorts, shorts).AsInt32().ToScalar());
    }
}
