namespace Dyadic.Kernels.Jit;

/// <summary>The operations of the kernel IR. L is the number of int32 lanes of a vector; products and sums of integers wrap around.</summary>
public enum IrOp
{
    /// <summary>dst = 64 bits at memory.</summary>
    LoadScalar,

    /// <summary>dst = a.</summary>
    CopyScalar,

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

    /// <summary>The end of a loop.</summary>
    EndLoop,

    /// <summary>dst = the vector at memory, of any alignment.</summary>
    Load,

    /// <summary>The vector at memory = a.</summary>
    Store,

    /// <summary>dst = a.</summary>
    Copy,

    /// <summary>dst = 0.</summary>
    Zero,

    /// <summary>Each int32 lane = the 32 bits at memory.</summary>
    Broadcast32,

    /// <summary>Each int64 lane = the 64 bits at memory.</summary>
    Broadcast64,

    /// <summary>Lanes = L bytes at memory, zero-extended to int32.</summary>
    LoadU8,

    /// <summary>Lanes = L bytes at memory, sign-extended to int32.</summary>
    LoadS8,

    /// <summary>Lanes = L int16 at memory, sign-extended to int32.</summary>
    LoadS16,

    /// <summary>L bytes at memory = the low bytes of the lanes of a.</summary>
    StoreLow8,

    /// <summary>L bytes at memory = clamp(lane, 0, 255) of a, lanes ≥ 0.</summary>
    StoreU8,

    /// <summary>L bytes at memory = clamp(lane, −128, 127) of a.</summary>
    StoreS8,

    /// <summary>dst[i] += Σ over four bytes a[i]ⱼ (unsigned) · b[i]ⱼ (signed).</summary>
    Dot4,

    /// <summary>dst[i] += Σ over two int16 a[i]ⱼ·b[i]ⱼ.</summary>
    Dot2,

    /// <summary>dst[i] = Σ over two int16 a[i]ⱼ·b[i]ⱼ.</summary>
    MulPairs,

    /// <summary>int32 lanes: dst = a + b.</summary>
    Add32,

    /// <summary>int32 lanes: dst = a − b.</summary>
    Sub32,

    /// <summary>int64 lanes: dst = a + b.</summary>
    Add64,

    /// <summary>int64 lanes: dst = (low half of a)·(low half of b), signed.</summary>
    MulEven,

    /// <summary>dst = a and b.</summary>
    And,

    /// <summary>dst = a or b.</summary>
    Or,

    /// <summary>dst = a xor b.</summary>
    Xor,

    /// <summary>int32 lanes: the larger, signed.</summary>
    Max32,

    /// <summary>int32 lanes: the smaller, signed.</summary>
    Min32,

    /// <summary>int64 lanes shifted right by the immediate, zeros coming in.</summary>
    ShiftRight64,

    /// <summary>int64 lanes shifted right, each by its own count in b, below 64, zeros coming in.</summary>
    ShiftRightEach64,

    /// <summary>int32 lanes shifted right by the immediate, the sign coming in.</summary>
    ShiftRight32,

    /// <summary>int32 lanes shifted left by the immediate.</summary>
    ShiftLeft32,

    /// <summary>int32 lanes shifted right, each by its own count in b, below 32, the sign coming in.</summary>
    ShiftRightEach32,

    /// <summary>Joins high halves: dst = odd int32 lanes of b, and in the even ones the odd lanes of a, each one place down.</summary>
    JoinHigh,

    /// <summary>float32 lanes: dst = a·b + dst, rounded once.</summary>
    Fma,

    /// <summary>float32 lanes: dst = a + b.</summary>
    AddFloat,

    /// <summary>float32 lanes: dst = a &gt; b ? a : b.</summary>
    MaxFloat,

    /// <summary>float32 lanes: dst = a &lt; b ? a : b.</summary>
    MinFloat,

    /// <summary>Configures the tile registers from the 64 bytes at memory.</summary>
    TileConfigure,

    /// <summary>Releases the tile registers.</summary>
    TileRelease,

    /// <summary>Tile dst = 0.</summary>
    TileZero,

    /// <summary>Tile dst = 16 rows of 64 bytes; row r at base + displacement + r·index.</summary>
    TileLoad,

    /// <summary>16 rows of 64 bytes = tile a; row r at base + displacement + r·index.</summary>
    TileStore,

    /// <summary>dst[m, n] += Σ over k and four bytes a[m, k]ⱼ (unsigned) · b[k, n]ⱼ (signed).</summary>
    TileDot4,
}

/// <summary>What an operation reads and writes.</summary>
/// <param name="Writes">dst is written.</param>
/// <param name="ReadsDst">dst is read as well.</param>
/// <param name="MemoryInPlaceOfB">May take its second source from memory.</param>
/// <param name="Loads">Reads memory always.</param>
/// <param name="Stores">Writes memory.</param>
/// <param name="HasImmediate">Uses the immediate.</param>
/// <param name="IsFloat">Computes on floating-point numbers.</param>
public readonly record struct IrFacts(bool Writes, bool ReadsDst, bool MemoryInPlaceOfB, bool Loads, bool Stores, bool HasImmediate, bool IsFloat);

/// <summary>The facts of each operation; the allocator, the interpreter, the emitter and a test rely on them.</summary>
public static class IrTable
{
    /// <summary>The facts of <paramref name="op"/>.</summary>
    public static IrFacts Of(IrOp op) => op switch
    {
        IrOp.LoadScalar or IrOp.Load or IrOp.Broadcast32 or IrOp.Broadcast64 or IrOp.LoadU8 or IrOp.LoadS8 or IrOp.LoadS16 or IrOp.TileLoad => new(true, false, false, true, false, false, false),
        IrOp.CopyScalar or IrOp.AddScalar or IrOp.Copy or IrOp.Zero or IrOp.TileZero => new(true, false, false, false, false, false, false),
        IrOp.AddImmediate => new(true, true, false, false, false, true, false),
        IrOp.SetScalar or IrOp.LoadSlot => new(true, false, false, false, false, true, false),
        IrOp.StoreSlot => new(false, false, false, false, false, true, false),
        IrOp.Loop => new(true, true, false, false, false, false, false),
        IrOp.EndLoop or IrOp.TileRelease => default,
        IrOp.Store or IrOp.StoreLow8 or IrOp.StoreU8 or IrOp.StoreS8 or IrOp.TileStore => new(false, false, false, false, true, false, false),
        IrOp.Dot4 or IrOp.Dot2 => new(true, true, true, false, false, false, false),
        IrOp.TileDot4 => new(true, true, false, false, false, false, false),
        IrOp.Fma => new(true, true, true, false, false, false, true),
        IrOp.AddFloat or IrOp.MaxFloat or IrOp.MinFloat => new(true, false, true, false, false, false, true),
        IrOp.ShiftRight64 or IrOp.ShiftRight32 or IrOp.ShiftLeft32 => new(true, false, false, false, false, true, false),
        IrOp.TileConfigure => new(false, false, false, true, false, false, false),
        IrOp.JoinHigh => new(true, false, false, false, false, false, false),
        _ => new(true, false, true, false, false, false, false),
    };

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
