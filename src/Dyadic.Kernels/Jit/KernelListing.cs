using System.Globalization;
using System.Text;
using Iced.Intel;

namespace Dyadic.Kernels.Jit;

/// <summary>The class of a machine instruction, as the proof of integer-only inference counts them.</summary>
public enum InstructionClass
{
    /// <summary>Scalar integers, addresses, jumps, the stack.</summary>
    Scalar,

    /// <summary>Moves of vectors and tiles: loads, stores, broadcasts, shuffles, masks, shapes.</summary>
    VectorMove,

    /// <summary>Arithmetic on integer vectors and tiles.</summary>
    VectorInteger,

    /// <summary>Anything that computes on floating-point numbers.</summary>
    FloatingPoint,
}

/// <summary>Machine code made readable.</summary>
public static class KernelListing
{
    private static readonly HashSet<Mnemonic> Moves =
    [
        Mnemonic.Vmovdqu, Mnemonic.Vmovdqu32, Mnemonic.Vmovdqa, Mnemonic.Vmovdqa32, Mnemonic.Vmovq, Mnemonic.Vpbroadcastd, Mnemonic.Vpmovzxbd, Mnemonic.Vpmovsxbd,
        Mnemonic.Vpmovdb, Mnemonic.Vpshufd, Mnemonic.Vpermq, Mnemonic.Vpblendd, Mnemonic.Vpackusdw, Mnemonic.Vpackuswb, Mnemonic.Vpackssdw, Mnemonic.Vpermd, Mnemonic.Vextracti128, Mnemonic.Vextracti32x4, Mnemonic.Vextracti64x4, Mnemonic.Kmovw, Mnemonic.Vzeroupper,
        Mnemonic.Ldtilecfg, Mnemonic.Tilerelease, Mnemonic.Tileloadd, Mnemonic.Tilestored, Mnemonic.Tilezero,
    ];

    private static readonly HashSet<Mnemonic> Integers =
    [
        Mnemonic.Vpdpbusd, Mnemonic.Vpdpwssd, Mnemonic.Vpmaddwd, Mnemonic.Vpaddd, Mnemonic.Vpaddq, Mnemonic.Vpmuldq, Mnemonic.Vpmaxsd, Mnemonic.Vpminsd, Mnemonic.Vpmaxub, Mnemonic.Vpminub,
        Mnemonic.Vpsrlq, Mnemonic.Vpsravd, Mnemonic.Vpxor, Mnemonic.Vpxord, Mnemonic.Vpslld, Mnemonic.Vpsrld, Mnemonic.Vpsrad, Mnemonic.Vpor, Mnemonic.Vpord,
        Mnemonic.Tdpbusd,
    ];

    /// <summary>The disassembly with the IR beside it: offset, instruction, and where an operation starts its text.</summary>
    public static string Of(KernelIr ir, MachineCode code)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{ir.Name}: {ir.Code.Count} operations, {code.Origins.Length} instructions, {code.Bytes.Length} bytes\n");
        NasmFormatter formatter = new();
        StringOutput output = new();
        int index = 0, shown = -1;
        foreach (Instruction instruction in Decode(code))
        {
            formatter.Format(instruction, output);
            int origin = code.Origins[index++];
            string line = string.Create(CultureInfo.InvariantCulture, $"{instruction.IP,6:x4}  {output.ToStringAndReset(),-56}");
            text.Append(origin >= 0 && origin != shown ? $"{line}; {ir.Code[origin]}" : line.TrimEnd()).Append('\n');
            shown = origin;
        }
        return text.ToString();
    }

    /// <summary>How many instructions of each class and mnemonic a kernel has.</summary>
    public static SortedDictionary<(InstructionClass Class, string Mnemonic), int> Count(MachineCode code)
    {
        SortedDictionary<(InstructionClass, string), int> counts = [];
        foreach (Instruction i in Decode(code))
        {
            (InstructionClass, string) key = (ClassOf(i), i.Mnemonic.ToString().ToLowerInvariant());
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
        return counts;
    }

    // Known integer instructions are listed; any other that touches a vector register counts as floating point.
    private static InstructionClass ClassOf(in Instruction i)
    {
        if (Moves.Contains(i.Mnemonic)) return InstructionClass.VectorMove;
        if (Integers.Contains(i.Mnemonic)) return InstructionClass.VectorInteger;
        if (i.Mnemonic == Mnemonic.Prefetcht1) return InstructionClass.Scalar;      // came with SSE, touches no register of it
        for (int o = 0; o < i.OpCount; o++)
            if (i.GetOpKind(o) == OpKind.Register && !i.GetOpRegister(o).IsGPR()) return InstructionClass.FloatingPoint;
        return i.CpuidFeatures.Any(f => f is CpuidFeature.FPU or CpuidFeature.SSE or CpuidFeature.SSE2) ? InstructionClass.FloatingPoint : InstructionClass.Scalar;
    }

    private static IEnumerable<Instruction> Decode(MachineCode code)
    {
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, code.Bytes);
        while (decoder.IP < (ulong)code.Bytes.Length) yield return decoder.Decode();
    }
}
