using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Iced.Intel;

namespace Dyadic.Kernels.Tests.Jit;

/// <summary>Registers that belong to the caller are kept, in both conventions, for every kernel.</summary>
public sealed class CallingConventionTests
{
    private static readonly Register[] Common = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];

    public static TheoryData<InstructionSet, bool> Cases
    {
        get
        {
            TheoryData<InstructionSet, bool> cases = [];
            foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.None))
                foreach (bool windows in (bool[])[false, true]) cases.Add(set, windows);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Registers_of_the_caller_are_saved_before_and_restored_after(InstructionSet set, bool windows)
    {
        bool anyScalar = false, anyVector = false;
        foreach (KernelKey key in KernelCatalog.Of(set))
        {
            Frame frame = new(X64Emitter.Emit(key.Generate(), windows));
            Register[] scalars = [.. frame.Written.Where(r => Common.Contains(r) || (windows && r is Register.RSI or Register.RDI))];
            Register[] vectors = [.. frame.Written.Where(r => windows && r is >= Register.ZMM6 and <= Register.ZMM15).Select(r => Register.XMM0 + (r - Register.ZMM0))];
            Assert.Equal(scalars.Order(), frame.Pushed.Order());
            Assert.Equal(Enumerable.Reverse(frame.Pushed), frame.Popped);
            Assert.Empty(vectors.Except(frame.Stored.Select(s => s.Register)));
            Assert.Equal(frame.Stored, frame.Loaded);
            Assert.Equal(frame.Stored.Count, frame.Stored.Select(s => s.At).Distinct().Count());
            Assert.Equal(frame.Lowered, frame.Raised);
            Assert.All(frame.Stored, s => Assert.InRange(s.At + 16, 16, frame.Lowered));
            Assert.Equal(windows ? Register.RCX : Register.RDI, frame.Argument);
            Assert.Equal(Mnemonic.Ret, frame.Last);
            (anyScalar, anyVector) = (anyScalar || scalars.Length > 0, anyVector || vectors.Length > 0);
        }
        Assert.True(anyScalar);
        Assert.Equal(windows && set.VectorBytes() == 32, anyVector && set.VectorBytes() == 32);
    }

    private sealed class Frame
    {
        public readonly HashSet<Register> Written = [];
        public readonly List<Register> Pushed = [], Popped = [];
        public readonly List<(Register Register, long At)> Stored = [], Loaded = [];
        public readonly long Lowered, Raised;
        public readonly Register Argument;
        public readonly Mnemonic Last;

        public Frame(MachineCode code)
        {
            InstructionInfoFactory facts = new();
            Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, code.Bytes);
            for (int i = 0; i < code.Origins.Length; i++)
            {
                Instruction x = decoder.Decode();
                Last = x.Mnemonic;
                if (code.Origins[i] >= 0)
                {
                    if (Argument == Register.None) Argument = x.MemoryBase;
                    foreach (UsedRegister used in facts.GetInfo(x).GetUsedRegisters())
                        if (used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite or OpAccess.ReadCondWrite) Written.Add(used.Register.GetFullRegister());
                    continue;
                }
                if (x.Mnemonic == Mnemonic.Push) Pushed.Add(x.Op0Register);
                if (x.Mnemonic == Mnemonic.Pop) Popped.Add(x.Op0Register);
                if (x.Mnemonic == Mnemonic.Sub) Lowered += (long)x.GetImmediate(1);
                if (x.Mnemonic == Mnemonic.Add) Raised += (long)x.GetImmediate(1);
                if (x.Mnemonic == Mnemonic.Vmovdqu && x.Op0Kind == OpKind.Memory) Stored.Add((x.Op1Register, (long)x.MemoryDisplacement64));
                if (x.Mnemonic == Mnemonic.Vmovdqu && x.Op1Kind == OpKind.Memory) Loaded.Add((x.Op0Register, (long)x.MemoryDisplacement64));
            }
        }
    }
}
