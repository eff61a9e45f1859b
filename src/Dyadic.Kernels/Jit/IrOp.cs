namespace Dyadic.Kernels.Jit;

/// <summary>The operations of the kernel IR. L is the number of int32 lanes of a vector; products and sums of integers wrap around.</summary>
public enum IrOp
{
    /// <summary>dst = 64 bits at memory.</summary>
    LoadScalar,

    /// <summary>dst = a + b.</summary>
    AddScalar,

    /// <summary>dst += immediate.</summary>
    AddImmediate,

    /// <summary>dst = immediate.</summary>
    SetScalar,

    /// <summary>dst = stack slot immediate.</summary>
    LoadSlot,

    /// <summary>Stack slot immediate = a.</summary>
    StoreSlot,

    /// <summary>Runs the operations up to the matching end dst times (none when dst ≤ 0); dst counts down to 0.</summary>
    Loop,

    /// <summary>The same with a stack slot as the counter.</summary>
    LoopSlot,

    /// <summary>The end of a loop.</summary>
    EndLoop,

    /// <summary>dst = the vector at memory, of any alignment.</summary>
    Load,

    /// <summary>The vector at memory = a.</summary>
    Store,

    /// <summary>The 16 bytes at memory = part immediate of a, counted in 16 bytes.</summary>
    Store128,

    /// <summary>The 32 bytes at memory = part immediate of a, counted in 32 bytes.</summary>
    Store256,

    /// <summary>Asks for the line at memory to be brought into the second-level cache; any address will do.</summary>
    Prefetch,

    /// <summary>dst = a.</summary>
    Copy,

    /// <summary>dst = 0; of a vector or a tile.</summary>
    Zero,

    /// <summary>Each int32 lane = the 32 bits at memory.</summary>
    Broadcast32,

    /// <summary>Lanes = L bytes at memory, zero-extended to int32.</summary>
    LoadU8,

    /// <summary>Lanes = L bytes at memory, sign-extended to int32.</summary>
    LoadS8,

    /// <summary>L bytes at memory = the low bytes of the lanes of a.</summary>
    Store8,

    /// <summary>dst[i] += Σ over four bytes a[i]ⱼ (unsigned) · b[i]ⱼ (signed).</summary>
    Dot4,

    /// <summary>dst[i] += Σ over two int16 a[i]ⱼ·b[i]ⱼ.</summary>
    Dot2,

    /// <summary>dst[i] = Σ over two int16 a[i]ⱼ·b[i]ⱼ.</summary>
    MulPairs,

    /// <summary>int32 lanes: dst = a + b.</summary>
    Add32,

    /// <summary>int64 lanes: dst = (low half of a)·(low half of b), signed.</summary>
    MulEven,

    /// <summary>dst = a or b.</summary>
    Or,

    /// <summary>dst = a xor b.</summary>
    Xor,

    /// <summary>int32 lanes shifted left by the immediate.</summary>
    ShiftLeft32,

    /// <summary>int32 lanes shifted right by the immediate, the sign coming in.</summary>
    ShiftRight32,

    /// <summary>int32 lanes: the larger, signed.</summary>
    Max32,

    /// <summary>int32 lanes: the smaller, signed.</summary>
    Min32,

    /// <summary>int64 lanes shifted right by the immediate, zeros coming in.</summary>
    ShiftRight64,

    /// <summary>int32 lanes shifted right, each by its own count in b, below 32, the sign coming in.</summary>
    ShiftRightEach32,

    /// <summary>The even int32 lanes of dst become the odd lanes of a, each one place down; its odd lanes stay.</summary>
    JoinHigh,

    /// <summary>In each 16 bytes of dst the int32 lanes of a and then those of b there, saturated to int16.</summary>
    PackS16,

    /// <summary>In each 16 bytes of dst the int16 lanes of a and then those of b there, saturated to unsigned bytes.</summary>
    PackU8,

    /// <summary>Unsigned bytes: the larger.</summary>
    MaxU8,

    /// <summary>Unsigned bytes: the smaller.</summary>
    MinU8,

    /// <summary>int32 lanes: dst[i] = b[a[i] mod L].</summary>
    Permute32,

    /// <summary>float32 lanes: dst = a·b + dst, rounded once.</summary>
    Fma,

    /// <summary>float32 lanes: dst = a + b.</summary>
    AddFloat,

    /// <summary>float32 lanes: dst = a &gt; b ? a : b.</summary>
    MaxFloat,

    /// <summary>float32 lanes: dst = a &lt; b ? a : b.</summary>
    MinFloat,

    /// <summary>Tiles take the shapes of the <see cref="TileShape"/> at memory and become 0.</summary>
    TileConfigure,

    /// <summary>Tiles lose their shapes.</summary>
    TileRelease,

    /// <summary>Rows of dst = bytes at memory, its index being the bytes from one row to the next.</summary>
    TileLoad,

    /// <summary>Bytes at memory = rows of a, the index being the bytes from one row to the next.</summary>
    TileStore,

    /// <summary>int32: dst[m, n] += Σₖ over bytes a[m, k] (unsigned) · b[k / 4, 4·n + k mod 4] (signed). Three tiles, each another.</summary>
    TileDot,

    /// <summary>
    /// float32: dst[m, n] += e + o, where e and o start at 0 and take up a[m, k]·b[k / 2, 2·n + k mod 2] of bfloat16, e for even k and o for odd, k upwards, by fused multiply-adds. Rounds
    /// to nearest, ties to even; subnormal numbers are 0 everywhere. A NaN is one, of no particular bits. Three tiles, each another.
    /// </summary>
    TileDotBFloat16,
}

/// <summary>What an operation reads and writes.</summary>
/// <param name="Writes">dst is written.</param>
/// <param name="ReadsDst">dst is read as well.</param>
/// <param name="MemoryInPlaceOfB">May take its second source from memory.</param>
/// <param name="HasImmediate">Uses the immediate.</param>
/// <param name="IsFloat">Computes on floating-point numbers.</param>
public readonly record struct IrFacts(bool Writes, bool ReadsDst = false, bool MemoryInPlaceOfB = false, bool HasImmediate = false, bool IsFloat = false);

/// <summary>The facts of each operation; the allocator, the interpreter and the emitter rely on them.</summary>
public static class IrTable
{
    /// <summary>The facts of <paramref name="op"/>.</summary>
    public static IrFacts Of(IrOp op) => op switch
    {
        IrOp.AddImmediate => new(true, ReadsDst: true, HasImmediate: true),
        IrOp.SetScalar or IrOp.LoadSlot or IrOp.ShiftRight64 or IrOp.ShiftLeft32 or IrOp.ShiftRight32 => new(true, HasImmediate: true),
        IrOp.StoreSlot or IrOp.LoopSlot => new(false, HasImmediate: true),
        IrOp.Loop or IrOp.JoinHigh => new(true, ReadsDst: true),
        IrOp.EndLoop or IrOp.Store or IrOp.Store8 or IrOp.Prefetch or IrOp.TileConfigure or IrOp.TileRelease or IrOp.TileStore => new(false),
        IrOp.Store128 or IrOp.Store256 => new(false, HasImmediate: true),
        IrOp.TileDot => new(true, ReadsDst: true),
        IrOp.TileDotBFloat16 => new(true, ReadsDst: true, IsFloat: true),
        IrOp.Dot4 or IrOp.Dot2 => new(true, ReadsDst: true, MemoryInPlaceOfB: true),
        IrOp.Fma => new(true, ReadsDst: true, MemoryInPlaceOfB: true, IsFloat: true),
        IrOp.AddFloat or IrOp.MaxFloat or IrOp.MinFloat => new(true, MemoryInPlaceOfB: true, IsFloat: true),
        IrOp.LoadScalar or IrOp.AddScalar or IrOp.Load or IrOp.Copy or IrOp.Zero or IrOp.Broadcast32 or IrOp.LoadU8 or IrOp.LoadS8 or IrOp.TileLoad => new(true),
        _ => new(true, MemoryInPlaceOfB: true),
    };

    /// <summary>True for the two loops.</summary>
    public static bool OpensLoop(IrOp op) => op is IrOp.Loop or IrOp.LoopSlot;

    /// <summary>True for operations on tiles.</summary>
    public static bool IsOnTiles(IrInstruction i) => i.Op is IrOp.TileConfigure or IrOp.TileRelease || i.Dst.Kind == RegisterKind.Tile || i.A.Kind == RegisterKind.Tile;

    /// <summary>The registers that an instruction reads.</summary>
    public static IEnumerable<VReg> Uses(IrInstruction i)
    {
        if (Of(i.Op).ReadsDst) yield return i.Dst;
        if (i.A.Exists) yield return i.A;
        if (i.B.Exists) yield return i.B;
        if (i.Memory.Base.Exists) yield return i.Memory.Base;
        if (i.Memory.Index.Exists) yield return i.Memory.Index;
    }
}
