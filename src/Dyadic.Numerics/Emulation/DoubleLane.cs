namespace Dyadic.Numerics.Emulation;

/// <summary>One binary64 number.</summary>
/// <param name="Value">The number.</param>
public readonly unsafe record struct DoubleLane(double Value) : ILane<DoubleLane>
{
    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    public static DoubleLane Of(double value) => new(value);

    /// <inheritdoc/>
    public static DoubleLane Broadcast(void* memory, nint index) => new(((double*)memory)[index]);

    /// <inheritdoc/>
    public static DoubleLane Load(void* memory, nint index, nint stride = 1) => new(((double*)memory)[index]);

    /// <inheritdoc/>
    public void Store(void* memory, nint index, nint stride = 1) => ((double*)memory)[index] = Value;

    /// <inheritdoc/>
    public static DoubleLane operator +(DoubleLane a, DoubleLane b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    public static DoubleLane operator -(DoubleLane a, DoubleLane b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    public static DoubleLane operator *(DoubleLane a, DoubleLane b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    public static DoubleLane operator /(DoubleLane a, DoubleLane b) => new(a.Value / b.Value);

    /// <inheritdoc/>
    public static DoubleLane Sqrt(DoubleLane a) => new(Math.Sqrt(a.Value));

    /// <inheritdoc/>
    public static DoubleLane Abs(DoubleLane a) => new(Math.Abs(a.Value));

    /// <inheritdoc/>
    public static DoubleLane Negate(DoubleLane a) => new(-a.Value);

    /// <inheritdoc/>
    public static DoubleLane Max(DoubleLane a, DoubleLane b) => new(Math.Max(a.Value, b.Value));

    /// <inheritdoc/>
    public static DoubleLane IfGreater(DoubleLane a, DoubleLane b, DoubleLane x, DoubleLane y) => a.Value > b.Value ? x : y;

    /// <inheritdoc/>
    public static DoubleLane Apply<TFunction>(DoubleLane a, TFunction f) where TFunction : struct, IRealFunction => new(f.Of(a.Value));

    /// <inheritdoc/>
    public static DoubleLane Power(DoubleLane a, DoubleLane b) => new(Math.Pow(a.Value, b.Value));

    /// <inheritdoc/>
    public static DoubleLane Round(DoubleLane a, in VprecRounding rounding) => new(rounding.Round(a.Value));
}
