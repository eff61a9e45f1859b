using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Numerics.Emulation;

/// <summary>Sixteen binary32 numbers: the vector form of <see cref="FloatLane"/>, equal to it bit for bit.</summary>
/// <param name="Values">The numbers.</param>
public readonly unsafe record struct FloatLanes(Vector512<float> Values) : ILane<FloatLanes>
{
    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    public static FloatLanes Of(double value) => new(Vector512.Create((float)value));

    /// <inheritdoc/>
    public static FloatLanes Broadcast(void* memory, nint index) => new(Vector512.Create(((float*)memory)[index]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes Load(void* memory, nint index, nint stride = 1)
    {
        float* p = (float*)memory + index;
        return new(stride == 1 ? Vector512.Load(p) : stride == 0 ? Vector512.Create(*p) : Gather(p, stride));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(void* memory, nint index, nint stride = 1)
    {
        float* p = (float*)memory + index;
        if (stride == 1) Values.Store(p);
        else Scatter(p, stride);
    }

    /// <inheritdoc/>
    public static FloatLanes operator +(FloatLanes a, FloatLanes b) => new(a.Values + b.Values);

    /// <inheritdoc/>
    public static FloatLanes operator -(FloatLanes a, FloatLanes b) => new(a.Values - b.Values);

    /// <inheritdoc/>
    public static FloatLanes operator *(FloatLanes a, FloatLanes b) => new(a.Values * b.Values);

    /// <inheritdoc/>
    public static FloatLanes operator /(FloatLanes a, FloatLanes b) => new(a.Values / b.Values);

    /// <inheritdoc/>
    public static FloatLanes Sqrt(FloatLanes a) => new(Vector512.Sqrt(a.Values));

    /// <inheritdoc/>
    public static FloatLanes Abs(FloatLanes a) => new(Vector512.Abs(a.Values));

    /// <inheritdoc/>
    public static FloatLanes Negate(FloatLanes a) => new(-a.Values);

    /// <inheritdoc/>
    public static FloatLanes Max(FloatLanes a, FloatLanes b) => new(Vector512.Max(a.Values, b.Values));

    /// <inheritdoc/>
    public static FloatLanes IfGreater(FloatLanes a, FloatLanes b, FloatLanes x, FloatLanes y) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a.Values, b.Values), x.Values, y.Values));

    /// <inheritdoc/>
    public static FloatLanes Apply<TFunction>(FloatLanes a, TFunction f) where TFunction : struct, IRealFunction
    {
        float* lanes = stackalloc float[16];
        a.Values.Store(lanes);
        for (int i = 0; i < 16; i++) lanes[i] = (float)f.Of(lanes[i]);
        return new(Vector512.Load(lanes));
    }

    /// <inheritdoc/>
    public static FloatLanes Power(FloatLanes a, FloatLanes b)
    {
        float* lanes = stackalloc float[16];
        for (int i = 0; i < 16; i++) lanes[i] = (float)Math.Pow(a.Values[i], b.Values[i]);
        return new(Vector512.Load(lanes));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLanes Round(FloatLanes a, in VprecRounding rounding)
    {
        if (rounding.IsPlain) return new(rounding.Lanes.Round(a.Values));
        float* lanes = stackalloc float[16];
        a.Values.Store(lanes);
        for (int i = 0; i < 16; i++) lanes[i] = rounding.Round(lanes[i]);
        return new(Vector512.Load(lanes));
    }

    private static Vector512<float> Gather(float* p, nint stride)
    {
        float* lanes = stackalloc float[16];
        for (int i = 0; i < 16; i++) lanes[i] = p[i * stride];
        return Vector512.Load(lanes);
    }

    private void Scatter(float* p, nint stride)
    {
        for (int i = 0; i < 16; i++) p[i * stride] = Values[i];
    }
}
