using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>What a bandwidth measurement is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct StreamArguments
{
    /// <summary>Turns of the loop.</summary>
    public nint Count;

    /// <summary>Count · <see cref="StreamKey.BytesPerTurn"/> bytes to read.</summary>
    public byte* Data;

    /// <summary>One vector: receives the bits that any vector of the data has.</summary>
    public byte* Bits;
}

/// <summary>A loop that only reads memory: the bandwidth that this machine has for as many bytes, against which kernels that are bound by it are measured.</summary>
/// <param name="Set">The instruction set.</param>
public sealed record StreamKey(InstructionSet Set) : KernelKey(Set)
{
    private const int Chains = 8;

    /// <inheritdoc/>
    public override string Name => $"stream@{Set.Name()}";

    /// <summary>Bytes that a turn reads.</summary>
    public int BytesPerTurn => Chains * Set.VectorBytes();

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        VReg count = Field(nameof(StreamArguments.Count)), data = Field(nameof(StreamArguments.Data)), bits = Field(nameof(StreamArguments.Bits));
        VReg[] chains = [.. Enumerable.Range(0, Chains).Select(_ => b.Vector())];
        foreach (VReg chain in chains) b.Emit(IrOp.Zero, chain);
        using (b.Loop(count))
        {
            for (int c = 0; c < Chains; c++) b.Apply(IrOp.Or, chains[c], chains[c], KernelBuilder.At(data, c * Set.VectorBytes()));
            b.Advance(data, BytesPerTurn);
        }
        foreach (VReg chain in chains[1..]) b.Apply(IrOp.Or, chains[0], chains[0], chain);
        b.Store(IrOp.Store, KernelBuilder.At(bits), chains[0]);
        return b.Finish();

        VReg Field(string name) => b.LoadScalar(KernelBuilder.At(b.Argument, (int)Marshal.OffsetOf<StreamArguments>(name)));
    }

    /// <inheritdoc/>
    public override unsafe string? Check(KernelRun run)
    {
        const int Turns = 3;
        byte[] data = new byte[Turns * BytesPerTurn], bits = new byte[Set.VectorBytes()], expected = new byte[bits.Length];
        for (int i = 0; i < data.Length; i += 11) expected[i % bits.Length] |= data[i] = (byte)(1 << i % 8);
        fixed (byte* d = data, b = bits)
        {
            StreamArguments a = new() { Count = Turns, Data = d, Bits = b };
            run(&a);
        }
        int at = bits.AsSpan().CommonPrefixLength(expected);
        return at == bits.Length ? null : $"byte {at} is {bits[at]}, by definition {expected[at]}";
    }
}
