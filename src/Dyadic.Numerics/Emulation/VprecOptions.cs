namespace Dyadic.Numerics.Emulation;

/// <summary>Where values are rounded or perturbed.</summary>
public enum EmulationMode
{
    /// <summary>The operands of each operation ("ib"; precision bounding, "pb").</summary>
    Inbound,

    /// <summary>The result of each operation ("ob"; random rounding, "rr").</summary>
    Outbound,

    /// <summary>Both.</summary>
    Full,
}

/// <summary>Variable precision: each operation of a container computes in a smaller format.</summary>
/// <remarks>docs/equations/emulation.md (1)–(6); Chatelain, Petit, de Oliveira Castro, Lartigue and Defour 2019, "Automatic exploration of reduced floating-point representations".</remarks>
public sealed record VprecOptions
{
    /// <summary>What replaces binary32.</summary>
    public FloatFormat Format32
    {
        get;
        init => field = !value.FiniteOnly && !value.Saturate ? value
            : throw new PrecisionException($"VPREC: {value} has no infinity to overflow to. Use a format with infinities that does not saturate.");
    } = FloatFormat.Binary32;

    /// <summary>What replaces binary64.</summary>
    public WideFormat Format64 { get; init; } = WideFormat.Binary64;

    /// <summary>Operands, results or both.</summary>
    public EmulationMode Mode { get; init; } = EmulationMode.Outbound;

    /// <summary>Operands that are subnormal in the format count as zero of their sign.</summary>
    public bool DenormalsAreZero { get; init; }

    /// <summary>Results that are subnormal in the format become zero of their sign.</summary>
    public bool FlushToZero { get; init; }

    /// <summary>E: values are multiples of 2ᴱ, or null for relative precision alone.</summary>
    public int? ErrorExponent { get; init; }

    /// <summary>With <see cref="ErrorExponent"/>: the mantissa is limited too, and the coarser of both limits counts.</summary>
    public bool ErrorAndMantissa { get; init; }
}

/// <summary>Rounds to what replaces one container: <see cref="VprecOptions"/> made ready.</summary>
public readonly struct VprecRounding
{
    private readonly FloatFormat _format32;
    private readonly WideFormat _format;
    private readonly bool _flush;
    private readonly int? _errorExponent;

    private VprecRounding(VprecOptions options, WideFormat format, WideFormat container, bool flush)
    {
        bool absoluteOnly = options.ErrorExponent is not null && !options.ErrorAndMantissa;
        (_format32, _flush, _errorExponent) = (options.Format32, flush, options.ErrorExponent);
        _format = absoluteOnly ? new(format.ExponentBits, container.MantissaBits) : format;
        IsPlain = !flush && _errorExponent is null;
        Lanes = _format32.ToLanes();
    }

    /// <summary>Rounding in the binary32 container; <paramref name="flush"/>: subnormal values become zero.</summary>
    public static VprecRounding Of32(VprecOptions options, bool flush) =>
        new(options, new(options.Format32.ExponentBits, options.Format32.MantissaBits), new(8, 23), flush);

    /// <summary>Rounding in the binary64 container.</summary>
    public static VprecRounding Of64(VprecOptions options, bool flush) => new(options, options.Format64, WideFormat.Binary64, flush);

    internal bool IsPlain { get; }

    internal FloatFormat.Lanes Lanes { get; }

    /// <summary><paramref name="x"/> rounded to the format; the container is binary32.</summary>
    public float Round(float x) => IsPlain ? _format32.Round(x) : (float)Round((double)x);

    /// <summary><paramref name="x"/> rounded to the format, once.</summary>
    public double Round(double x)
    {
        if (_flush && Math.Abs(x) < Math.ScaleB(1, _format.MinExponent)) return Math.CopySign(0, x);
        if (_errorExponent is not { } error) return _format.Round(x);
        if (Math.Abs(x) == Math.ScaleB(1, error - 1)) return Math.CopySign(Math.ScaleB(1, error), x);      // (6): its half goes up
        return _format.Round(x, error);
    }
}
