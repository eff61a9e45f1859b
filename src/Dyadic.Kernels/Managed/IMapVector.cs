namespace Dyadic.Kernels.Managed;

/// <summary>What maps between floats and fixed point need of the same vectors, beside <see cref="IIntVector{TVector}"/>.</summary>
/// <remarks>Magnitudes are unsigned lanes; the bits of a float are those of its lane.</remarks>
internal unsafe interface IMapVector<TVector> where TVector : unmanaged
{
    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>|a|, where |−2³¹| is the magnitude 2³¹.</summary>
    static abstract TVector Abs(TVector a);

    static abstract TVector MinMagnitude(TVector a, TVector b);

    static abstract TVector MaxMagnitude(TVector a, TVector b);

    /// <summary>The largest magnitude of the lanes.</summary>
    static abstract uint MaxAcross(TVector a);

    static abstract TVector ShiftLeft(TVector a, int count);

    static abstract TVector ShiftRightLogical(TVector a, int count);

    /// <summary>−1 in negative lanes, 0 in the others.</summary>
    static abstract TVector Signs(TVector a);

    static abstract bool EqualsAny(TVector a, TVector b);

    /// <summary>−1 where lanes differ, 0 where they are equal.</summary>
    static abstract TVector Differ(TVector a, TVector b);

    /// <summary>The product of floats.</summary>
    static abstract TVector MultiplyFloats(TVector a, TVector b);

    /// <summary>Floats below 2³¹ in magnitude to integers, towards 0.</summary>
    static abstract TVector Truncate(TVector a);

    /// <summary>Integers to the nearest floats, ties to even.</summary>
    static abstract TVector ToFloats(TVector a);

    /// <summary>Lanes int8 values, sign-extended.</summary>
    static abstract TVector LoadCodes(sbyte* p);

    /// <summary>table[index] of each lane.</summary>
    static abstract TVector Gather(int* table, TVector indices);

    /// <summary>Lanes 16-bit values, zero-extended.</summary>
    static abstract TVector LoadHalfWords(ushort* p);

    /// <summary>The low half of each lane.</summary>
    static abstract void StoreShorts(TVector x, short* p);

    /// <summary>min(|x| ≫ right, cap) of Lanes int64 values, cap &lt; 2³², and their signs.</summary>
    static abstract TVector LoadMagnitudes(long* p, int right, uint cap, out TVector signs);
}
