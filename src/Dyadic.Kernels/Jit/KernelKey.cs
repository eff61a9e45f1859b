namespace Dyadic.Kernels.Jit;

/// <summary>What identifies a kernel: the same key is the same machine code in production, in a test and in a benchmark.</summary>
/// <param name="Set">The instruction set.</param>
public abstract record KernelKey(InstructionSet Set)
{
    /// <summary>The name in listings: family, types, tile and epilogue, and the instruction set after an @.</summary>
    public abstract string Name { get; }

    /// <summary>Writes the kernel.</summary>
    public abstract KernelIr Generate();

    /// <summary>Runs a small case of every path of the kernel and compares it with plain C#.</summary>
    /// <param name="run">Runs the code under test on a block of arguments.</param>
    /// <returns>Null, or what differs.</returns>
    public abstract string? Check(KernelRun run);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <summary>Runs a kernel on a block of arguments.</summary>
public unsafe delegate void KernelRun(void* arguments);
