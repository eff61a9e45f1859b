namespace Dyadic.Kernels.Jit;

/// <summary>What a virtual register holds.</summary>
public enum RegisterKind
{
    /// <summary>A 64-bit integer or an address.</summary>
    Scalar,

    /// <summary>A vector of the kernel's width, seen as int32, int64, int16, bytes or float32 lanes by each operation.</summary>
    Vector,

    /// <summary>Up to 16 rows of up to 64 bytes. Not assigned but fixed: number i is the i-th shape of the <see cref="TileShape"/> in force.</summary>
    Tile,
}

/// <summary>A virtual register; it may be written more than once.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Id">Its number within the kernel.</param>
public readonly record struct VReg(RegisterKind Kind, int Id)
{
    /// <summary>No register.</summary>
    public static VReg None => new(RegisterKind.Scalar, -1);

    /// <summary>True for a register.</summary>
    public bool Exists => Id >= 0;

    /// <inheritdoc/>
    public override string ToString() => !Exists ? "-" : Kind switch { RegisterKind.Scalar => "r", RegisterKind.Vector => "v", _ => "t" } + Id;
}

/// <summary>An address: base + index·scale + displacement, in bytes.</summary>
/// <param name="Base">A scalar.</param>
/// <param name="Displacement">A constant.</param>
/// <param name="Index">A scalar, or none.</param>
/// <param name="Scale">1, 2, 4 or 8.</param>
public readonly record struct Address(VReg Base, int Displacement, VReg Index, int Scale)
{
    /// <summary>No address.</summary>
    public static Address None => new(VReg.None, 0, VReg.None, 1);

    /// <summary>True for an address.</summary>
    public bool Exists => Base.Exists;

    /// <inheritdoc/>
    public override string ToString()
    {
        string index = !Index.Exists ? "" : Scale == 1 ? $" + {Index}" : $" + {Index}*{Scale}";
        string displacement = Displacement == 0 ? "" : Displacement > 0 ? $" + {Displacement}" : $" - {-(long)Displacement}";
        return $"[{Base}{index}{displacement}]";
    }
}

/// <summary>One operation. Which fields it uses, reads and writes says <see cref="IrTable"/>.</summary>
/// <param name="Op">The operation.</param>
/// <param name="Dst">Written; for accumulating operations also read.</param>
/// <param name="A">First source.</param>
/// <param name="B">Second source, unless the operation reads <paramref name="Memory"/> in its place.</param>
/// <param name="Memory">What is loaded or stored.</param>
/// <param name="Immediate">A constant: shift count, stack slot, addend.</param>
public readonly record struct IrInstruction(IrOp Op, VReg Dst, VReg A, VReg B, Address Memory, long Immediate)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string[] parts = [.. new[] { A.Exists ? A.ToString() : "", B.Exists ? B.ToString() : "", Memory.Exists ? Memory.ToString() : "", IrTable.Of(Op).HasImmediate ? $"{Immediate}" : "" }
            .Where(p => p.Length > 0)];
        string name = Op.ToString().ToLowerInvariant();
        string text = parts.Length == 0 ? name : $"{name} {string.Join(", ", parts)}";
        return Dst.Exists ? $"{Dst} = {text}" : text;
    }
}

/// <summary>A kernel: a flat list of operations with structured loops, over the one argument <c>r0</c>, a pointer to a block of arguments.</summary>
/// <param name="Name">The kernel's name.</param>
/// <param name="Set">The instruction set it is legal for; gives the vector width.</param>
/// <param name="Code">The operations.</param>
/// <param name="Slots">Stack slots of 8 bytes.</param>
public sealed record KernelIr(string Name, InstructionSet Set, IReadOnlyList<IrInstruction> Code, int Slots)
{
    /// <summary>The argument.</summary>
    public static VReg Argument => new(RegisterKind.Scalar, 0);

    /// <summary>int32 lanes of a vector.</summary>
    public int Lanes => Set.VectorBytes() / 4;

    /// <summary>The operations as text, loops indented.</summary>
    public override string ToString()
    {
        System.Text.StringBuilder text = new();
        int depth = 0;
        foreach (IrInstruction i in Code)
        {
            if (i.Op == IrOp.EndLoop) depth--;
            text.Append(' ', 2 * depth).Append(i).Append('\n');
            if (IrTable.OpensLoop(i.Op)) depth++;
        }
        return text.ToString();
    }
}
