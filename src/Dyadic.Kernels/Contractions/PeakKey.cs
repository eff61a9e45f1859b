using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>What a peak measurement is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct PeakArguments
{
    /// <summary>Turns of the loop.</summary>
    public nint Count;

    /// <summary>One vector or tile for each factor, then one that receives the sum of all chains, then the shapes of the tiles.</summary>
    public byte* Operands;
}

/// <summary>A loop of products and sums in registers alone: the most that this machine can do, against which kernels are measured.</summary>
/// <param name="Set">The instruction set.</param>
/// <param name="Kind">Operands.</param>
public sealed record PeakKey(InstructionSet Set, OperandKind Kind) : KernelKey(Set)
{
    private const int Unroll = 2;

    /// <inheritdoc/>
    public override string Name => $"peak_{Kind.ToString().ToLowerInvariant()}@{Set.Name()}";

    /// <summary>Bytes of a factor, and of all that <see cref="PeakArguments.Operands"/> points to.</summary>
    public int OperandBytes => OnTiles ? TileShape.Bytes : Set.VectorBytes();

    /// <inheritdoc cref="OperandBytes"/>
    public unsafe int Bytes => 3 * OperandBytes + sizeof(TileShape);

    private bool OnTiles => Set == InstructionSet.Amx;

    // More chains than the product of latency and throughput; all tiles but the factors.
    private int Chains => OnTiles ? TileShape.Tiles - 2 : Set.VectorBytes() == 64 ? 24 : 11;

    /// <summary>Products of one turn.</summary>
    public long ProductsPerTurn => Unroll * (long)Chains * OperandBytes / 4 * (Kind switch { OperandKind.U8S8 => 4, OperandKind.S16S16 or OperandKind.BF16 => 2, _ => 1 }) * (OnTiles ? TileShape.MostRows : 1);

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        if (OnTiles) return GenerateOnTiles();
        KernelBuilder b = new(Name, Set);
        VReg vectors = b.LoadScalar(KernelBuilder.At(b.Argument, 8)), count = b.LoadScalar(KernelBuilder.At(b.Argument));
        VReg x = b.Load(IrOp.Load, KernelBuilder.At(vectors)), w = b.Load(IrOp.Load, KernelBuilder.At(vectors, Set.VectorBytes()));
        VReg[] sums = [.. Enumerable.Range(0, Chains).Select(_ => b.Vector())];
        foreach (VReg sum in sums) b.Emit(IrOp.Zero, sum);
        using (b.Loop(count))
        {
            for (int u = 0; u < Unroll; u++)
                foreach (VReg sum in sums)
                {
                    if (Kind == OperandKind.S16S16) b.DotPairs(sum, x, w);
                    else b.Apply(Kind == OperandKind.F32 ? IrOp.Fma : IrOp.Dot4, sum, x, w);
                }
        }
        for (int c = 1; c < Chains; c++) b.Apply(Kind == OperandKind.F32 ? IrOp.AddFloat : IrOp.Add32, sums[0], sums[0], sums[c]);
        b.Store(IrOp.Store, KernelBuilder.At(vectors, 2 * Set.VectorBytes()), sums[0]);
        return b.Finish();
    }

    /// <inheritdoc/>
    public override unsafe string? Check(KernelRun run)
    {
        const int Turns = 3;
        byte[] operands = new byte[Bytes];
        Span<int> lanes = MemoryMarshal.Cast<byte, int>(operands.AsSpan());
        int one = BitConverter.SingleToInt32Bits(1), n = OperandBytes / 4;
        lanes[..(2 * n)].Fill(Kind switch { OperandKind.F32 => one, OperandKind.BF16 => one | one >> 16, OperandKind.S16S16 => 0x0001_0001, _ => 0x0101_0101 });
        fixed (byte* p = operands)
        {
            SetShape(p);
            PeakArguments a = new() { Count = Turns, Operands = p };
            run(&a);
        }
        int products = (int)(Turns * ProductsPerTurn / n), expected = Kind is OperandKind.F32 or OperandKind.BF16 ? BitConverter.SingleToInt32Bits(products) : products;
        return lanes[2 * n] == expected ? null : $"a sum is {lanes[2 * n]}, by definition {expected}";
    }

    /// <summary>Writes the shapes of the tiles, all full, behind the operands.</summary>
    internal unsafe void SetShape(byte* operands)
    {
        TileShape* shape = (TileShape*)(operands + 3 * OperandBytes);
        *shape = default;
        for (int t = 0; t < TileShape.Tiles; t++) shape->Set(t, TileShape.MostRows);
    }

    // The sum of the chains is taken of their first rows alone.
    private KernelIr GenerateOnTiles()
    {
        KernelBuilder b = new(Name, Set);
        VReg operands = b.LoadScalar(KernelBuilder.At(b.Argument, 8)), count = b.LoadScalar(KernelBuilder.At(b.Argument)), row = b.Set64(TileShape.MostRowBytes);
        b.Emit(IrOp.TileConfigure, VReg.None, memory: KernelBuilder.At(operands, 3 * OperandBytes));
        VReg[] tiles = [.. Enumerable.Range(0, TileShape.Tiles).Select(_ => b.New(RegisterKind.Tile))];
        for (int t = 0; t < 2; t++) b.Emit(IrOp.TileLoad, tiles[t], memory: KernelBuilder.At(operands, t * OperandBytes, row));
        foreach (VReg chain in tiles[2..]) b.Emit(IrOp.Zero, chain);
        using (b.Loop(count))
        {
            for (int u = 0; u < Unroll; u++)
                foreach (VReg chain in tiles[2..]) b.Apply(Kind == OperandKind.BF16 ? IrOp.TileDotBFloat16 : IrOp.TileDot, chain, tiles[0], tiles[1]);
        }
        VReg sum = b.Vector();
        b.Emit(IrOp.Zero, sum);
        foreach (VReg chain in tiles[2..])
        {
            b.Store(IrOp.TileStore, KernelBuilder.At(operands, 2 * OperandBytes, row), chain);
            b.Apply(Kind == OperandKind.BF16 ? IrOp.AddFloat : IrOp.Add32, sum, sum, KernelBuilder.At(operands, 2 * OperandBytes));
        }
        b.Store(IrOp.Store, KernelBuilder.At(operands, 2 * OperandBytes), sum);
        b.Emit(IrOp.TileRelease, VReg.None);
        return b.Finish();
    }
}
