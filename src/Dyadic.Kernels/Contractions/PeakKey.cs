using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>What a peak measurement is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct PeakArguments
{
    /// <summary>Turns of the loop.</summary>
    public nint Count;

    /// <summary>One vector for each factor, then one that receives the sum of all chains.</summary>
    public byte* Vectors;
}

/// <summary>A loop of products and sums in registers alone: the most that this machine can do, against which kernels are measured.</summary>
/// <param name="Set">The instruction set.</param>
/// <param name="Kind">Operands.</param>
public sealed record PeakKey(InstructionSet Set, OperandKind Kind) : KernelKey(Set)
{
    private const int Unroll = 2;

    /// <inheritdoc/>
    public override string Name => $"peak_{Kind.ToString().ToLowerInvariant()}@{Set.Name()}";

    // More chains than the product of latency and throughput.
    private int Chains => Set.VectorBytes() == 64 ? 24 : 11;

    /// <summary>Products of one turn.</summary>
    public long ProductsPerTurn => Unroll * (long)Chains * Set.VectorBytes() / 4 * (Kind switch { OperandKind.U8S8 => 4, OperandKind.S16S16 => 2, _ => 1 });

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
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
        byte[] vectors = new byte[3 * Set.VectorBytes()];
        Span<int> lanes = MemoryMarshal.Cast<byte, int>(vectors.AsSpan());
        int ones = BitConverter.SingleToInt32Bits(1), n = Set.VectorBytes() / 4;
        lanes[..(2 * n)].Fill(Kind switch { OperandKind.F32 => ones, OperandKind.S16S16 => 0x0001_0001, _ => 0x0101_0101 });
        fixed (byte* v = vectors)
        {
            PeakArguments a = new() { Count = Turns, Vectors = v };
            run(&a);
        }
        int products = (int)(Turns * ProductsPerTurn / n), expected = Kind == OperandKind.F32 ? BitConverter.SingleToInt32Bits(products) : products;
        return lanes[2 * n] == expected ? null : $"a sum is {lanes[2 * n]}, by definition {expected}";
    }
}
