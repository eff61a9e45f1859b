namespace Dyadic.Optim;

/// <summary>The learning rate as a function of the step, counted from 0.</summary>
public abstract record Schedule
{
    /// <summary>The rate of step <paramref name="step"/>.</summary>
    public abstract double At(long step);
}

/// <summary>Always the same rate.</summary>
public sealed record ConstantRate(double Rate) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step) => Rate;
}

/// <summary>η·γ^⌊t/every⌋.</summary>
/// <param name="Rate">η.</param>
/// <param name="Every">Steps between decays, at least 1.</param>
/// <param name="Factor">γ.</param>
public sealed record StepDecay(double Rate, long Every, double Factor = 0.1) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step) => Rate * Math.Pow(Factor, step / Math.Max(1, Every));
}

/// <summary>η_min + ½(η − η_min)(1 + cos(πt/T)) up to t = T, then η_min.</summary>
/// <remarks>Loshchilov and Hutter 2017, eq. (5), without restarts.</remarks>
/// <param name="Rate">η.</param>
/// <param name="Total">T, in steps.</param>
/// <param name="Minimum">η_min.</param>
public sealed record CosineDecay(double Rate, long Total, double Minimum = 0) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step) =>
        step >= Total ? Minimum : Minimum + (0.5 * (Rate - Minimum) * (1 + Math.Cos(Math.PI * step / Total)));
}

/// <summary>Rises linearly to the rate of <paramref name="Then"/> over the first steps: (t + 1)/steps of it.</summary>
/// <param name="Steps">Steps of warm-up.</param>
/// <param name="Then">The schedule that is scaled, and that follows.</param>
public sealed record WarmUp(long Steps, Schedule Then) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step) => Then.At(step) * (step < Steps ? (step + 1.0) / Steps : 1);
}
