namespace Dyadic.Kernels.Jit;

/// <summary>Writes a kernel. A generator states the mathematics; registers, loops and encodings are the business of later stages.</summary>
/// <param name="name">The kernel's name.</param>
/// <param name="set">The instruction set; only the choice of operations depends on it.</param>
public sealed class KernelBuilder(string name, InstructionSet set)
{
    private readonly List<IrInstruction> _code = [];
    private readonly int[] _next = [1, 0, 0];      // r0 is the argument
    private int _slots;

    /// <summary>The pointer to the arguments.</summary>
    public VReg Argument => KernelIr.Argument;

    /// <summary>int32 lanes of a vector.</summary>
    public int Lanes => set.VectorBytes() / 4;

    /// <summary>The instruction set.</summary>
    public InstructionSet Set => set;

    /// <summary>A new register.</summary>
    public VReg New(RegisterKind kind) => new(kind, _next[(int)kind]++);

    /// <summary>A new vector.</summary>
    public VReg Vector() => New(RegisterKind.Vector);

    /// <summary>Vectors [rows, columns].</summary>
    public VReg[,] Tile(int rows, int columns)
    {
        VReg[,] tile = new VReg[rows, columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) tile[r, c] = Vector();
        return tile;
    }

    /// <summary>A new stack slot.</summary>
    public int Slot() => _slots++;

    /// <summary>An address.</summary>
    public static Address At(VReg pointer, int displacement = 0, VReg? index = null, int scale = 1) => new(pointer, displacement, index ?? VReg.None, scale);

    /// <summary>A new scalar: 64 bits at the address.</summary>
    public VReg LoadScalar(Address from) => Into(New(RegisterKind.Scalar), IrOp.LoadScalar, from);

    /// <summary>dst = 64 bits at the address.</summary>
    public VReg LoadScalar(VReg dst, Address from) => Into(dst, IrOp.LoadScalar, from);

    /// <summary>A new scalar with the given value.</summary>
    public VReg Set64(long value)
    {
        VReg dst = New(RegisterKind.Scalar);
        Emit(IrOp.SetScalar, dst, immediate: value);
        return dst;
    }

    /// <summary>pointer += bytes.</summary>
    public void Advance(VReg pointer, int bytes) => Emit(IrOp.AddImmediate, pointer, immediate: bytes);

    /// <summary>pointer += bytes.</summary>
    public void Advance(VReg pointer, VReg bytes) => Emit(IrOp.AddScalar, pointer, pointer, bytes);

    /// <summary>A new scalar: the content of a slot.</summary>
    public VReg LoadSlot(int slot) => LoadSlot(New(RegisterKind.Scalar), slot);

    /// <summary>dst = the content of a slot.</summary>
    public VReg LoadSlot(VReg dst, int slot)
    {
        Emit(IrOp.LoadSlot, dst, immediate: slot);
        return dst;
    }

    /// <summary>The slot = value.</summary>
    public void StoreSlot(int slot, VReg value) => Emit(IrOp.StoreSlot, VReg.None, value, immediate: slot);

    /// <summary>A loop that runs <paramref name="counter"/> times; dispose the result to end it.</summary>
    public LoopScope Loop(VReg counter)
    {
        Emit(IrOp.Loop, counter);
        return new(this);
    }

    /// <summary>A loop counted by a slot.</summary>
    public LoopScope LoopSlot(int slot)
    {
        Emit(IrOp.LoopSlot, VReg.None, immediate: slot);
        return new(this);
    }

    /// <summary>A new vector loaded by <paramref name="op"/>.</summary>
    public VReg Load(IrOp op, Address from) => Into(Vector(), op, from);

    /// <summary>Asks for the line at an address ahead of time.</summary>
    public void Prefetch(Address at) => Emit(IrOp.Prefetch, VReg.None, memory: at);

    /// <summary>Stores a vector by <paramref name="op"/>.</summary>
    public void Store(IrOp op, Address to, VReg value) => _code.Add(new(op, VReg.None, value, VReg.None, to, 0));

    /// <summary>Stores a part of a vector by <paramref name="op"/>.</summary>
    public void StorePart(IrOp op, Address to, VReg value, int part) => Emit(op, VReg.None, value, memory: to, immediate: part);

    /// <summary>dst = a op b, or dst op= a, b.</summary>
    public VReg Apply(IrOp op, VReg dst, VReg a, VReg b)
    {
        Emit(op, dst, a, b);
        return dst;
    }

    /// <summary>dst = a op memory.</summary>
    public VReg Apply(IrOp op, VReg dst, VReg a, Address b)
    {
        _code.Add(new(op, dst, a, VReg.None, b, 0));
        return dst;
    }

    /// <summary>New vectors a op memory, which is read once.</summary>
    public VReg[] Each(IrOp op, VReg[] a, Address b)
    {
        if (a.Length == 1) return [Apply(op, Vector(), a[0], b)];
        VReg shared = Load(IrOp.Load, b);
        return [.. a.Select(x => Apply(op, Vector(), x, shared))];
    }

    /// <summary>dst = a op immediate.</summary>
    public VReg Apply(IrOp op, VReg dst, VReg a, int immediate)
    {
        Emit(op, dst, a, immediate: immediate);
        return dst;
    }

    /// <summary>dst = a.</summary>
    public void Copy(VReg dst, VReg a) => Emit(IrOp.Copy, dst, a);

    /// <summary>acc += products of int16 pairs, by one instruction where the set has it.</summary>
    public void DotPairs(VReg acc, VReg a, VReg b)
    {
        if (set.HasDot()) Apply(IrOp.Dot2, acc, a, b);
        else Apply(IrOp.Add32, acc, acc, Apply(IrOp.MulPairs, Vector(), a, b));
    }

    /// <summary>Any operation.</summary>
    public void Emit(IrOp op, VReg dst, VReg? a = null, VReg? b = null, Address? memory = null, long immediate = 0) =>
        _code.Add(new(op, dst, a ?? VReg.None, b ?? VReg.None, memory ?? Address.None, immediate));

    /// <summary>The kernel.</summary>
    public KernelIr Finish() => new(name, set, [.. _code], _slots);

    private VReg Into(VReg dst, IrOp op, Address from)
    {
        _code.Add(new(op, dst, VReg.None, VReg.None, from, 0));
        return dst;
    }

    /// <summary>The body of a loop.</summary>
    /// <param name="builder">The kernel.</param>
    public readonly struct LoopScope(KernelBuilder builder) : IDisposable
    {
        /// <summary>Ends the loop.</summary>
        public void Dispose() => builder.Emit(IrOp.EndLoop, VReg.None);
    }
}
