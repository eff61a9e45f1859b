using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>The instruction set that generated kernels are written in. A value, so that lower ones are tested on one machine.</summary>
public enum InstructionSet
{
    /// <summary>No generated code.</summary>
    None,

    /// <summary>256-bit vectors, FMA; integer products of int16 pairs.</summary>
    Avx2,

    /// <summary>256-bit vectors with int8 dot products in VEX encoding.</summary>
    AvxVnni,

    /// <summary>512-bit vectors (F, BW, DQ, VL); integer products of int16 pairs.</summary>
    Avx512,

    /// <summary>512-bit vectors with int8 dot products.</summary>
    Avx512Vnni,

    /// <summary>The same, and int8 and bfloat16 products of tiles of 16 rows × 64 bytes.</summary>
    Amx,
}

/// <summary>Which instruction sets this machine has, and facts about each.</summary>
public static class InstructionSets
{
    private const int VnniBit512 = 1 << 11, VnniBit = 1 << 4, TileBits = 3 << 24 | 1 << 22;

    /// <summary>Those that run here, the best last; empty off x64 and where DYADIC_JIT is 0.</summary>
    public static IReadOnlyList<InstructionSet> Available { get; } = Detect();

    /// <summary>The best one, or what DYADIC_ISA names (one of <see cref="Names"/>) if this machine has it.</summary>
    /// <exception cref="ArgumentException">A switch in the environment has a value that means nothing: <see cref="Jit.JitSwitches.Problem"/>.</exception>
    public static InstructionSet Best
    {
        get
        {
            Ensure.Argument(Jit.JitSwitches.Problem is null, $"{Jit.JitSwitches.Problem}");
            return field;
        }
    } = Choose(Jit.JitSwitches.InstructionSet);

    /// <summary>The names of all sets, none included.</summary>
    public static IReadOnlyList<string> Names => [.. Enum.GetValues<InstructionSet>().Select(Name)];

    /// <summary>True where the processor has int8 and bfloat16 products of tiles, whether or not the system lets this process use them.</summary>
    public static bool ProcessorHasTiles => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Edx & TileBits) == TileBits;

    /// <summary>All of them, <see cref="InstructionSet.None"/> included.</summary>
    internal static int Count { get; } = Enum.GetValues<InstructionSet>().Length;

    /// <summary>Bytes of a vector register.</summary>
    public static int VectorBytes(this InstructionSet set) => set >= InstructionSet.Avx512 ? 64 : 32;

    /// <summary>True where int8 dot products exist, so that 8-bit operands need no widening.</summary>
    public static bool HasDot(this InstructionSet set) => set is InstructionSet.AvxVnni or InstructionSet.Avx512Vnni or InstructionSet.Amx;

    /// <summary>The set that names the kernels on vectors: avx512vnni for amx, whose own kernels are those on tiles; else the set itself.</summary>
    public static InstructionSet OnVectors(this InstructionSet set) => set == InstructionSet.Amx ? InstructionSet.Avx512Vnni : set;

    /// <summary>The name as in kernel names: avx512vnni.</summary>
    public static string Name(this InstructionSet set) => set switch
    {
        InstructionSet.None => "none",
        InstructionSet.Avx2 => "avx2",
        InstructionSet.AvxVnni => "avxvnni",
        InstructionSet.Avx512 => "avx512",
        InstructionSet.Avx512Vnni => "avx512vnni",
        _ => "amx",
    };

    private static InstructionSet[] Detect()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !Jit.JitSwitches.Enabled) return [];
        if (!Avx2.IsSupported || !Fma.IsSupported || !Bmi2.IsSupported) return [];
        List<InstructionSet> sets = [InstructionSet.Avx2];
        (int most, _, _, _) = X86Base.CpuId(0, 0);
        (int leaves, _, int ecx, _) = most >= 7 ? X86Base.CpuId(7, 0) : default;
        bool wide = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        if (leaves >= 1 && (X86Base.CpuId(7, 1).Eax & VnniBit) != 0) sets.Add(InstructionSet.AvxVnni);
        if (wide) sets.Add(InstructionSet.Avx512);
        bool dot = wide && (ecx & VnniBit512) != 0;
        if (dot) sets.Add(InstructionSet.Avx512Vnni);
        if (dot && ProcessorHasTiles && Jit.TilePermission.Granted) sets.Add(InstructionSet.Amx);
        return [.. sets];
    }

    private static InstructionSet Choose(string? wanted)
    {
        InstructionSet best = Available.Count == 0 ? InstructionSet.None : Available[^1];
        if (string.IsNullOrEmpty(wanted)) return best;
        if (wanted == "none") return InstructionSet.None;
        foreach (InstructionSet set in Available)
            if (set.Name() == wanted) return set;
        return best;
    }
}
