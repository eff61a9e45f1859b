using System.Runtime.CompilerServices;

namespace Dyadic.Numerics.Emulation;

/// <summary>One binary32 number: the scalar definition.</summary>
/// <param name="Value">The number.</param>
public readonly unsafe record struct FloatLane(float Value) : ILane<FloatLane>
{
    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    public static FloatLane Of(double value) => new((float)value);

    /// <inheritdoc/>
    public static FloatLane Broadcast(void* memory, nint index) => new(((float*)memory)[index]);

    /// <inheritdoc/>
    public static FloatLane Load(void* memory, nint index, nint stride = 1) => new(((float*)memory)[index]);

    /// <inheritdoc/>
    public void Store(void* memory, nint index, nint stride = 1) => ((float*)memory)[index] = Value;

    /// <inheritdoc/>
    public static FloatLane operator +(FloatLane a, FloatLane b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    public static FloatLane operator -(FloatLane a, FloatLane b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    public static FloatLane operator *(FloatLane a, FloatLane b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    public static FloatLane operator /(FloatLane a, FloatLane b) => new(a.Value / b.Value);

    /// <inheritdoc/>
    public static FloatLane Sqrt(FloatLane a) => new(MathF.Sqrt(a.Value));

    /// <inheritdoc/>
    public static FloatLane Abs(FloatLane a) => new(MathF.Abs(a.Value));

    /// <inheritdoc/>
    public static FloatLane Negate(FloatLane a) => new(-a.Value);

    /// <inheritdoc/>
    public static FloatLane Max(FloatLane a, FloatLane b) => new(MathF.Max(a.Value, b.Value));

    /// <inheritdoc/>
    public static FloatLane IfGreater(FloatLane a, FloatLane b, FloatLane x, FloatLane y) => a.Value > b.Value ? x : y;

    /// <inheritdoc/>
    public static FloatLane Apply<TFunction>(FloatLane a, TFunction f) where TFunction : struct, IRealFunction => new((float)f.Of(a.Value));

    /// <inheritdoc/>
    public static FloatLane Power(FloatLane a, FloatLane b) => new((float)Math.Pow(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FloatLane Round(FloatLane a, in VprecRounding rounding) => new(rounding.Round(a.Value));
}
