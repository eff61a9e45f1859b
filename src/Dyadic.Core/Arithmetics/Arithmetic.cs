using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>The numbers in which ops compute: a value held by a run or a module, which decides at the level of whole ops, on tensors.</summary>
public abstract class Arithmetic
{
    [ThreadStatic] private static Arithmetic? s_current;

    /// <summary>IEEE binary32 on vectorised kernels: the default.</summary>
    public static Arithmetic Float32 { get; } = new Native();

    /// <summary>The arithmetic of this thread.</summary>
    public static Arithmetic Current => s_current ?? Float32;

    /// <summary>The name as it is printed in run records.</summary>
    public abstract string Name { get; }

    /// <summary>Computes in <paramref name="arithmetic"/> on this thread until the result is disposed.</summary>
    public static IDisposable Use(Arithmetic arithmetic)
    {
        Restore restore = new(s_current);
        s_current = arithmetic;
        return restore;
    }

    /// <summary>The arithmetic that <paramref name="text"/> names.</summary>
    /// <param name="text">"float32", and what <see cref="ArithmeticNames"/> lists.</param>
    /// <param name="seed">Of the random numbers of arithmetics that draw some.</param>
    /// <exception cref="FormatException">There is no arithmetic of this name; the message lists those there are.</exception>
    public static Arithmetic Parse(string text, ulong seed = 0) => ArithmeticNames.Parse(text, seed);

    /// <summary>The arithmetic in which the gradients of what was computed in this one are computed.</summary>
    internal virtual Arithmetic Backward => this;

    /// <summary>Runs the op in this arithmetic.</summary>
    internal abstract Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode);

    /// <inheritdoc/>
    public override string ToString() => Name;

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
