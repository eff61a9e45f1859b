using System.Runtime.CompilerServices;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Values whose largest magnitude is sought.</summary>
internal interface IMagnitudes
{
    /// <summary>False where magnitudes need more than 32 bits.</summary>
    bool HasVectors { get; }

    ulong Magnitude(nint i);

    TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged;
}

/// <summary>The bits of floats without their sign.</summary>
internal readonly unsafe struct FloatMagnitudes(int* v) : IMagnitudes
{
    public bool HasVectors => true;

    public ulong Magnitude(nint i) => (uint)(v[i] & int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged =>
        TOps.And(TOps.Load(v + i), TOps.Splat(int.MaxValue));
}

/// <summary>|a| of int32.</summary>
internal readonly unsafe struct IntMagnitudes(int* a) : IMagnitudes
{
    public bool HasVectors => true;

    public ulong Magnitude(nint i) => (uint)(a[i] < 0 ? 0 - (uint)a[i] : (uint)a[i]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged => TOps.Abs(TOps.Load(a + i));
}

/// <summary>|a| of int64, one by one: memory is the limit.</summary>
internal readonly unsafe struct LongMagnitudes(long* a) : IMagnitudes
{
    public bool HasVectors => false;

    public ulong Magnitude(nint i) => a[i] < 0 ? 0 - (ulong)a[i] : (ulong)a[i];

    public TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged => TOps.Splat(0);
}

/// <summary>|q| of codes of 8 or 16 bits.</summary>
internal readonly unsafe struct CodeMagnitudes<T>(T* q) : IMagnitudes where T : unmanaged
{
    public bool HasVectors => true;

    public ulong Magnitude(nint i) => (ulong)Math.Abs(Codes.Read(q, i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Magnitudes<TOps, TVector>(nint i) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged => TOps.Abs(Codes.Load<T, TOps, TVector>(q + i));
}
