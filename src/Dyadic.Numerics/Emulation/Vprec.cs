using System.Runtime.CompilerServices;

namespace Dyadic.Numerics.Emulation;

/// <summary>The operations of variable precision: IEEE in the container, operands or results rounded to the format.</summary>
/// <param name="inbound">Whether operands are rounded.</param>
/// <param name="outbound">Whether results are.</param>
/// <param name="operands">How operands are rounded.</param>
/// <param name="results">How results are.</param>
/// <typeparam name="TLane">The numbers that an operation computes at once.</typeparam>
public readonly struct Vprec<TLane>(bool inbound, bool outbound, VprecRounding operands, VprecRounding results) : IArithmetic<TLane>
    where TLane : unmanaged, ILane<TLane>
{
    private readonly VprecRounding _operands = operands, _results = results;

    /// <summary>The operations that <paramref name="options"/> describe, in the binary32 container.</summary>
    public static Vprec<TLane> Of32(VprecOptions options) =>
        Of(options, VprecRounding.Of32(options, options.DenormalsAreZero), VprecRounding.Of32(options, options.FlushToZero));

    /// <summary>The operations that <paramref name="options"/> describe, in the binary64 container.</summary>
    public static Vprec<TLane> Of64(VprecOptions options) =>
        Of(options, VprecRounding.Of64(options, options.DenormalsAreZero), VprecRounding.Of64(options, options.FlushToZero));

    private static Vprec<TLane> Of(VprecOptions options, VprecRounding operands, VprecRounding results) =>
        new(options.Mode != EmulationMode.Outbound, options.Mode != EmulationMode.Inbound, operands, results);

    /// <inheritdoc/>
    public void Seek(long element, int stage)
    {
    }

    /// <inheritdoc/>
    public void At(int operation)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Add(TLane a, TLane b) => Out(In(a) + In(b));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Subtract(TLane a, TLane b) => Out(In(a) - In(b));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Multiply(TLane a, TLane b) => Out(In(a) * In(b));

    /// <inheritdoc/>
    public TLane Divide(TLane a, TLane b) => Out(In(a) / In(b));

    /// <inheritdoc/>
    public TLane Sqrt(TLane a) => Out(TLane.Sqrt(In(a)));

    /// <inheritdoc/>
    public TLane Apply<TFunction>(TLane a, TFunction f) where TFunction : struct, IRealFunction => Out(TLane.Apply(In(a), f));

    /// <inheritdoc/>
    public TLane Power(TLane a, TLane b) => Out(TLane.Power(In(a), In(b)));

    /// <inheritdoc/>
    public TLane Narrow(double x) => TLane.Of(outbound ? _results.Round(x) : x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLane In(TLane x) => inbound ? TLane.Round(x, in _operands) : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLane Out(TLane x) => outbound ? TLane.Round(x, in _results) : x;
}
