namespace Dyadic.Kernels.Jit;

/// <summary>A kernel's small case: the interpreter and machine code beside plain C#.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Interpreter">What differs with the interpreter, or null.</param>
/// <param name="MachineCode">What differs with machine code, or null.</param>
/// <param name="Ran">True where this machine runs the kernel's set, so that machine code was tried.</param>
public sealed record KernelCheck(string Name, string? Interpreter, string? MachineCode, bool Ran)
{
    /// <summary>Runs the case.</summary>
    public static unsafe KernelCheck Of(KernelKey key)
    {
        string? interpreted = key.Check(new KernelInterpreter(key.Generate()).Run);
        using GeneratedKernel? kernel = InstructionSets.Available.Contains(key.Set) ? GeneratedKernel.Of(key) : null;
        return new(key.Name, interpreted, kernel is null ? null : key.Check(kernel.Run), kernel is not null);
    }
}
