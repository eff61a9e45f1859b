namespace Dyadic.Kernels.Managed;

/// <summary>The operations on vectors of int32 that integer kernels are written in; one implementation for each vector width.</summary>
/// <typeparam name="TVector">The vector. Operations named 64 see pairs of lanes as int64, the even lane being the low half.</typeparam>
internal unsafe interface IIntVector<TVector> where TVector : unmanaged
{
    /// <summary>The int32 lanes.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Load(int* p);

    static abstract void Store(TVector x, int* p);

    static abstract TVector Splat(int x);

    static abstract TVector Splat64(long x);

    /// <summary>acc[i] + a[2i]·b[2i] + a[2i+1]·b[2i+1] on int16 halves, exact but for the sum's wrap-around.</summary>
    static abstract TVector Dot(TVector acc, TVector a, TVector b);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Add64(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector Xor(TVector a, TVector b);

    /// <summary>The products of the even lanes, signed, 64 bits each.</summary>
    static abstract TVector MultiplyEven(TVector a, TVector b);

    /// <summary>Each 64-bit pair shifted right by 32: the odd lanes become even ones.</summary>
    static abstract TVector OddToEven(TVector a);

    /// <summary>Each 64-bit pair shifted left by 32.</summary>
    static abstract TVector EvenToOdd(TVector a);

    /// <summary>Logical right shift of each 64-bit pair by its own count, below 64.</summary>
    static abstract TVector ShiftRight64(TVector a, TVector counts);

    /// <summary>Logical right shift of each lane by its own count, below 32.</summary>
    static abstract TVector ShiftRightEach(TVector a, TVector counts);

    static abstract TVector Clamp(TVector x, TVector lo, TVector hi);

    /// <summary>Lanes bytes, zero-extended.</summary>
    static abstract TVector LoadBytes(byte* p);

    /// <summary>Lanes int16 values, sign-extended.</summary>
    static abstract TVector LoadShorts(short* p);

    /// <summary>The low byte of each lane.</summary>
    static abstract void StoreBytes(TVector x, byte* p);
}
