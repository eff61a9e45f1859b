using Dyadic.Kernels;
using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Emulated;

namespace Dyadic.Arithmetics;

/// <summary>The numbers in which ops compute: a value held by a run or a module, which decides at the level of whole ops, on tensors.</summary>
public abstract class Arithmetic : IGradientScope
{
    [ThreadStatic] private static Arithmetic? s_current;

    /// <summary>IEEE binary32 on vectorised kernels: the default.</summary>
    public static Arithmetic Float32 { get; } = new Native();

    /// <summary>Variable precision (VPREC): the operands or results of every operation are rounded to a smaller format. Slow.</summary>
    /// <param name="options">The formats that replace float32 and float64, and where values are rounded.</param>
    public static Arithmetic Emulated(VprecOptions options) => Deterministic(EmulatedNames.Of(options), Emulation.Vprec(options));

    /// <summary>Results of every operation on float32 are rounded to <paramref name="format"/>, which has infinities and does not saturate. Slow.</summary>
    public static Arithmetic Emulated(FloatFormat format) => Emulated(new VprecOptions { Format32 = format });

    /// <summary>Monte Carlo arithmetic: every operation is perturbed at random beyond its precision. Slow.</summary>
    /// <param name="options">Precision, mode and the rest.</param>
    /// <param name="seed">The same program with the same seed gives the same bytes; each sample takes another seed, and another arithmetic.</param>
    public static Arithmetic MonteCarlo(MonteCarloOptions options, ulong seed) =>
        new EmulatedArithmetic(EmulatedNames.Of(options), isStochastic: true, step => Emulation.MonteCarlo(options, step == 0 ? seed : new Rng(seed).Split(step).NextUInt64()));

    /// <summary>The arithmetic of this thread.</summary>
    public static Arithmetic Current => s_current ?? Float32;

    /// <summary>The name as it is printed in run records.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the seed decides the results; without, every run of the same program gives the same bytes.</summary>
    public virtual bool IsStochastic => false;

    /// <summary>Computes in <paramref name="arithmetic"/> on this thread until the result is disposed.</summary>
    public static IDisposable Use(Arithmetic arithmetic)
    {
        Restore restore = new(s_current);
        s_current = arithmetic;
        return restore;
    }

    /// <summary>Integers with a shared power-of-two exponent a tensor, b bits forward and backward, and 16-bit state of optimisers.</summary>
    /// <param name="bits">b, of weights, activations and gradients: 2 … 16.</param>
    /// <param name="seed">Of stochastic rounding.</param>
    public static Arithmetic Integer(int bits, ulong seed = 0) => Integer(new IntegerFormat { WeightBits = bits, ActivationBits = bits, GradientBits = bits }, seed);

    /// <summary>Integers with a shared power-of-two exponent a tensor.</summary>
    /// <param name="format">The bits of each kind of tensor, and how they are rounded.</param>
    /// <param name="seed">Of stochastic rounding.</param>
    public static Arithmetic Integer(IntegerFormat format, ulong seed = 0) => new IntegerArithmetic(format, seed);

    /// <summary>The arithmetic that <paramref name="text"/> names.</summary>
    /// <param name="text">"float32", and what <see cref="ArithmeticNames"/> lists.</param>
    /// <param name="seed">Of the random numbers of arithmetics that draw some.</param>
    /// <exception cref="FormatException">There is no arithmetic of this name; the message lists those there are.</exception>
    public static Arithmetic Parse(string text, ulong seed = 0) => ArithmeticNames.Parse(text, seed);

    /// <summary>The arithmetic in which the gradients of what was computed in this one are computed.</summary>
    internal virtual Arithmetic Backward => this;

    /// <summary>The arithmetic in which losses are computed.</summary>
    internal virtual Arithmetic Loss => this;

    /// <summary>Runs the op in this arithmetic.</summary>
    internal abstract Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode);

    /// <summary>Runs the op in this arithmetic, and says how its gradient is computed.</summary>
    internal virtual Applied Apply(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => new(Run(op, inputs, in mode), Backward);

    /// <summary>A training step of this number begins: random numbers drawn from now on depend on the seed, the number and their order in the step.</summary>
    public virtual void BeginStep(long step)
    {
    }

    IDisposable IGradientScope.Enter() => Use(this);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static EmulatedArithmetic Deterministic(string name, Emulation emulation) => new(name, isStochastic: false, _ => emulation);

    private sealed class Native : Arithmetic
    {
        public override string Name => "float32";

        internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => op.Forward(inputs, mode);
    }

    private sealed class Restore(Arithmetic? former) : IDisposable
    {
        public void Dispose() => s_current = former;
    }
}
