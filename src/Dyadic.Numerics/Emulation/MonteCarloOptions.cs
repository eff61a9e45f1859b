namespace Dyadic.Numerics.Emulation;

/// <summary>Monte Carlo arithmetic: each operation computes on, or gives, numbers with random digits beyond its precision.</summary>
/// <remarks>docs/equations/emulation.md (7)–(11); Parker 1997; Denis, de Oliveira Castro and Petit 2016, "Verificarlo".</remarks>
public sealed record MonteCarloOptions
{
    /// <summary>t of binary32 operations, the hidden bit included; 24 is its own.</summary>
    public int Precision32
    {
        get;
        init => field = value is >= 1 and <= 53 ? value : throw new PrecisionException($"Monte Carlo: a precision of {value} bits is impossible for binary32. Use 1 to 53.");
    } = 24;

    /// <summary>t of binary64 operations, the hidden bit included; 53 is its own.</summary>
    public int Precision64
    {
        get;
        init => field = value is >= 1 and <= 64 ? value : throw new PrecisionException($"Monte Carlo: a precision of {value} bits is impossible for binary64. Use 1 to 64.");
    } = 53;

    /// <summary>Operands (precision bounding), results (random rounding) or both (full).</summary>
    public EmulationMode Mode { get; init; } = EmulationMode.Outbound;

    /// <summary>E: the noise is 2ᴱ·ξ whatever the value, or null for noise relative to it.</summary>
    public int? ErrorExponent { get; init; }

    /// <summary>With <see cref="ErrorExponent"/>: relative noise is added too.</summary>
    public bool ErrorAndRelative { get; init; }

    /// <summary>Subnormal operands of the container count as zero of their sign.</summary>
    public bool DenormalsAreZero { get; init; }

    /// <summary>Subnormal results of the container become zero of their sign.</summary>
    public bool FlushToZero { get; init; }

    /// <summary>s: each perturbation happens with probability 1/s.</summary>
    public int Sparsity
    {
        get;
        init => field = value >= 1 ? value : throw new PrecisionException($"Monte Carlo: a sparsity of {value} is impossible. Use 1 for every operation, s for one in s.");
    } = 1;

    /// <summary>Random words of one operation: one for each perturbation, and another for each where it may be left out.</summary>
    internal int WordsAnOperation => (Mode switch { EmulationMode.Inbound => 2, EmulationMode.Outbound => 1, _ => 3 }) * (Sparsity > 1 ? 2 : 1);
}
