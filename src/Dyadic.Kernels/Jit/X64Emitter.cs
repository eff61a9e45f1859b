using Iced.Intel;

namespace Dyadic.Kernels.Jit;

/// <summary>Machine code of a kernel, movable to any address.</summary>
/// <param name="Bytes">The code.</param>
/// <param name="Origins">For each machine instruction the IR operation it comes from; −1 for the entry and the exit.</param>
public sealed record MachineCode(byte[] Bytes, int[] Origins);

/// <summary>
/// IR to x64 machine code: a function of one pointer in the platform's calling convention. VEX encodings for the 256-bit sets, EVEX for the
/// 512-bit ones. Callee-saved registers that the kernel uses are kept on the stack.
/// </summary>
/// <remarks>Nothing is chosen here: each operation is one to six fixed instructions, so that a listing can be read beside its IR.</remarks>
public sealed class X64Emitter
{
    private const int ScratchYmm = 15;      // of Store8 in VEX encoding
    private static readonly Register[] Gpr =
    [
        Register.RAX, Register.RCX, Register.RDX, Register.RBX, Register.RSP, Register.RBP, Register.RSI, Register.RDI,
        Register.R8, Register.R9, Register.R10, Register.R11, Register.R12, Register.R13, Register.R14, Register.R15,
    ];

    private readonly KernelIr _kernel;
    private readonly bool _windows, _wide;
    private readonly RegisterAllocation _registers;
    private readonly List<Instruction> _code = [];
    private readonly List<int> _origins = [];
    private readonly Stack<(int Top, int Skip)> _loops = new();
    private readonly Register[] _savedScalars;
    private readonly int[] _savedVectors;
    private int _origin = -1;

    private X64Emitter(KernelIr kernel, bool windows)
    {
        (_kernel, _windows, _wide) = (kernel, windows, kernel.Set.VectorBytes() == 64);
        _registers = RegisterAllocation.Of(kernel, Scalars(windows), Vectors(_wide));
        _savedScalars = [.. _registers.Used(RegisterKind.Scalar).Order().Select(n => Gpr[n]).Where(IsCalleeSaved)];
        _savedVectors = windows ? [.. _registers.Used(RegisterKind.Vector).Append(_wide ? 0 : ScratchYmm).Where(v => v is >= 6 and <= 15).Distinct().Order()] : [];
    }

    /// <summary>Machine code for this platform.</summary>
    public static MachineCode Emit(KernelIr kernel) => Emit(kernel, OperatingSystem.IsWindows());

    /// <summary>Machine code for the calling convention of Windows, or of all others.</summary>
    public static MachineCode Emit(KernelIr kernel, bool windows) => new X64Emitter(kernel, windows).Emit();

    private static int[] Scalars(bool windows) => windows
        ? [1, 0, 2, 8, 9, 10, 11, 3, 5, 6, 7, 12, 13, 14, 15]
        : [7, 0, 1, 2, 6, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15];

    // Those that no convention saves come first.
    private static int[] Vectors(bool wide) => wide
        ? [.. Enumerable.Range(16, 16), .. Enumerable.Range(0, 16)]
        : [.. Enumerable.Range(0, ScratchYmm)];

    private bool IsCalleeSaved(Register r) => r is Register.RBX or Register.RBP or Register.R12 or Register.R13 or Register.R14 or Register.R15 ||
        (_windows && r is Register.RSI or Register.RDI);

    private MachineCode Emit()
    {
        Enter();
        for (int i = 0; i < _kernel.Code.Count; i++)
        {
            _origin = i;
            Translate(_kernel.Code[i]);
        }
        _origin = -1;
        Leave();
        return Assemble();
    }

    private MachineCode Assemble()
    {
        for (int i = 0; i < _code.Count; i++)
        {
            Instruction instruction = _code[i];
            instruction.IP = (ulong)i + 1;      // what branches name their targets by
            _code[i] = instruction;
        }
        using MemoryStream bytes = new();
        InstructionBlock block = new(new StreamCodeWriter(bytes), _code, 0);
        if (!BlockEncoder.TryEncode(64, block, out string? error, out _, BlockEncoderOptions.None))
            throw new InvalidOperationException($"kernel {_kernel.Name}: {error}. The emitter is wrong.");
        return new(bytes.ToArray(), [.. _origins]);
    }

    private int FrameBytes => (8 * _kernel.Slots + 15 & ~15) + 16 * _savedVectors.Length;

    private void Enter()
    {
        foreach (Register r in _savedScalars) Add(Instruction.Create(Code.Push_r64, r));
        if (FrameBytes > 0) Add(Instruction.Create(Code.Sub_rm64_imm32, Register.RSP, FrameBytes));
        for (int i = 0; i < _savedVectors.Length; i++) Add(Instruction.Create(Code.VEX_Vmovdqu_xmmm128_xmm, SavedAt(i), Register.XMM0 + _savedVectors[i]));
        if (!_wide || _kernel.Code.All(i => i.Op != IrOp.JoinHigh)) return;
        Add(Instruction.Create(Code.Mov_r32_imm32, Register.EAX, 0x5555));
        Add(Instruction.Create(Code.VEX_Kmovw_kr_r32, Register.K1, Register.EAX));
    }

    private void Leave()
    {
        for (int i = 0; i < _savedVectors.Length; i++) Add(Instruction.Create(Code.VEX_Vmovdqu_xmm_xmmm128, Register.XMM0 + _savedVectors[i], SavedAt(i)));
        Add(Instruction.Create(Code.VEX_Vzeroupper));
        if (FrameBytes > 0) Add(Instruction.Create(Code.Add_rm64_imm32, Register.RSP, FrameBytes));
        foreach (Register r in _savedScalars.Reverse()) Add(Instruction.Create(Code.Pop_r64, r));
        Add(Instruction.Create(Code.Retnq));
    }

    private MemoryOperand SavedAt(int i) => new(Register.RSP, (8 * _kernel.Slots + 15 & ~15) + 16 * i, 1);

    private static MemoryOperand Slot(long slot) => new(Register.RSP, 8 * slot, 1);

    private void Translate(in IrInstruction i)
    {
        switch (i.Op)
        {
            case IrOp.Loop or IrOp.LoopSlot: OpenLoop(i); break;
            case IrOp.EndLoop: CloseLoop(); break;
            case IrOp.LoadScalar: Add(Instruction.Create(Code.Mov_r64_rm64, Scalar(i.Dst), Memory(i.Memory))); break;
            case IrOp.AddScalar: Add(Instruction.Create(Code.Lea_r64_m, Scalar(i.Dst), new MemoryOperand(Scalar(i.A), Scalar(i.B), 1))); break;
            case IrOp.AddImmediate: Add(Instruction.Create(Code.Add_rm64_imm32, Scalar(i.Dst), checked((int)i.Immediate))); break;
            case IrOp.SetScalar: Add(Instruction.Create(Code.Mov_r64_imm64, Scalar(i.Dst), i.Immediate)); break;
            case IrOp.LoadSlot: Add(Instruction.Create(Code.Mov_r64_rm64, Scalar(i.Dst), Slot(i.Immediate))); break;
            case IrOp.StoreSlot: Add(Instruction.Create(Code.Mov_rm64_r64, Slot(i.Immediate), Scalar(i.A))); break;
            case IrOp.Store: Add(Instruction.Create(_wide ? Code.EVEX_Vmovdqu32_zmmm512_k1z_zmm : Code.VEX_Vmovdqu_ymmm256_ymm, Memory(i.Memory), Vector(i.A))); break;
            case IrOp.Store8: Store8(i); break;
            case IrOp.Store128 or IrOp.Store256: StorePart(i); break;
            case IrOp.Prefetch: Add(Instruction.Create(Code.Prefetcht1_m8, Memory(i.Memory))); break;
            case IrOp.ShiftRight64: Shift(Pick(Code.EVEX_Vpsrlq_zmm_k1z_zmmm512b64_imm8, Code.VEX_Vpsrlq_ymm_ymm_imm8), i); break;
            case IrOp.ShiftLeft32: Shift(Pick(Code.EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpslld_ymm_ymm_imm8), i); break;
            case IrOp.ShiftRight32: Shift(Pick(Code.EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpsrad_ymm_ymm_imm8), i); break;
            case IrOp.TileConfigure: Add(Instruction.Create(Code.VEX_Ldtilecfg_m512, Memory(i.Memory))); break;
            case IrOp.TileRelease: Add(Instruction.Create(Code.VEX_Tilerelease)); break;
            case IrOp.TileLoad: Add(Instruction.Create(Code.VEX_Tileloadd_tmm_sibmem, Tile(i.Dst), Memory(i.Memory))); break;
            case IrOp.TileStore: Add(Instruction.Create(Code.VEX_Tilestored_sibmem_tmm, Memory(i.Memory), Tile(i.A))); break;
            case IrOp.TileDot: Add(Instruction.Create(Code.VEX_Tdpbusd_tmm_tmm_tmm, Tile(i.Dst), Tile(i.A), Tile(i.B))); break;
            case IrOp.TileDotBFloat16: Add(Instruction.Create(Code.VEX_Tdpbf16ps_tmm_tmm_tmm, Tile(i.Dst), Tile(i.A), Tile(i.B))); break;
            case IrOp.Zero when i.Dst.Kind == RegisterKind.Tile: Add(Instruction.Create(Code.VEX_Tilezero_tmm, Tile(i.Dst))); break;
            case IrOp.Zero: Add(Instruction.Create(Pick(Code.EVEX_Vpxord_xmm_k1z_xmm_xmmm128b32, Code.VEX_Vpxor_xmm_xmm_xmmm128), Low(i.Dst), Low(i.Dst), Low(i.Dst))); break;
            case IrOp.JoinHigh: JoinHigh(i); break;
            default: Vectors(i); break;
        }
    }

    private void OpenLoop(in IrInstruction i)
    {
        if (i.Op == IrOp.Loop) Add(Instruction.Create(Code.Test_rm64_r64, Scalar(i.Dst), Scalar(i.Dst)));
        else Add(Instruction.Create(Code.Cmp_rm64_imm8, Slot(i.Immediate), 0));
        Add(Instruction.CreateBranch(Code.Jle_rel32_64, 0));      // its target is known at the end
        _loops.Push((_code.Count, _origin));
    }

    private void CloseLoop()
    {
        (int top, int start) = _loops.Pop();
        IrInstruction loop = _kernel.Code[start];
        Add(loop.Op == IrOp.Loop ? Instruction.Create(Code.Dec_rm64, Scalar(loop.Dst)) : Instruction.Create(Code.Dec_rm64, Slot(loop.Immediate)));
        Add(Instruction.CreateBranch(Code.Jg_rel32_64, (ulong)top + 1));
        _code[top - 1] = Instruction.CreateBranch(Code.Jle_rel32_64, (ulong)_code.Count + 1);
    }

    private void Shift(Code code, in IrInstruction i) => Add(Instruction.Create(code, Vector(i.Dst), Vector(i.A), (int)i.Immediate));

    private void Store8(in IrInstruction i)
    {
        if (_wide)
        {
            Add(Instruction.Create(Code.EVEX_Vpmovdb_xmmm128_k1z_zmm, Memory(i.Memory), Vector(i.A)));
            return;
        }
        Register s = Register.YMM0 + ScratchYmm, low = Register.XMM0 + ScratchYmm;
        Add(Instruction.Create(Code.VEX_Vpslld_ymm_ymm_imm8, s, Vector(i.A), 24));
        Add(Instruction.Create(Code.VEX_Vpsrld_ymm_ymm_imm8, s, s, 24));
        Add(Instruction.Create(Code.VEX_Vpackusdw_ymm_ymm_ymmm256, s, s, s));
        Add(Instruction.Create(Code.VEX_Vpermq_ymm_ymmm256_imm8, s, s, 8));
        Add(Instruction.Create(Code.VEX_Vpackuswb_xmm_xmm_xmmm128, low, low, low));
        Add(Instruction.Create(Code.VEX_Vmovq_xmmm64_xmm, Memory(i.Memory), low));
    }

    private void StorePart(in IrInstruction i)
    {
        bool half = i.Op == IrOp.Store256;
        if (i.Immediate == 0)
        {
            Code whole = half ? Pick(Code.EVEX_Vmovdqu32_ymmm256_k1z_ymm, Code.VEX_Vmovdqu_ymmm256_ymm) : Pick(Code.EVEX_Vmovdqu32_xmmm128_k1z_xmm, Code.VEX_Vmovdqu_xmmm128_xmm);
            Add(Instruction.Create(whole, Memory(i.Memory), (half ? Register.YMM0 : Register.XMM0) + _registers[i.A]));
            return;
        }
        Code part = half ? Code.EVEX_Vextracti64x4_ymmm256_k1z_zmm_imm8 : Pick(Code.EVEX_Vextracti32x4_xmmm128_k1z_zmm_imm8, Code.VEX_Vextracti128_xmmm128_ymm_imm8);
        Add(Instruction.Create(part, Memory(i.Memory), Vector(i.A), (int)i.Immediate));
    }

    private void JoinHigh(in IrInstruction i)
    {
        const int Odd = 0xF5;      // lanes 1, 1, 3, 3
        if (_wide)
        {
            Instruction move = Instruction.Create(Code.EVEX_Vpshufd_zmm_k1z_zmmm512b32_imm8, Vector(i.Dst), Vector(i.A), Odd);
            move.OpMask = Register.K1;
            Add(move);
            return;
        }
        Register s = Register.YMM0 + ScratchYmm;
        Add(Instruction.Create(Code.VEX_Vpshufd_ymm_ymmm256_imm8, s, Vector(i.A), Odd));
        Add(Instruction.Create(Code.VEX_Vpblendd_ymm_ymm_ymmm256_imm8, Vector(i.Dst), Vector(i.Dst), s, 0x55));
    }

    private void Vectors(in IrInstruction i)
    {
        Code code = i.Op switch
        {
            IrOp.Load => Pick(Code.EVEX_Vmovdqu32_zmm_k1z_zmmm512, Code.VEX_Vmovdqu_ymm_ymmm256),
            IrOp.Copy => Pick(Code.EVEX_Vmovdqa32_zmm_k1z_zmmm512, Code.VEX_Vmovdqa_ymm_ymmm256),
            IrOp.Broadcast32 => Pick(Code.EVEX_Vpbroadcastd_zmm_k1z_xmmm32, Code.VEX_Vpbroadcastd_ymm_xmmm32),
            IrOp.LoadU8 => Pick(Code.EVEX_Vpmovzxbd_zmm_k1z_xmmm128, Code.VEX_Vpmovzxbd_ymm_xmmm64),
            IrOp.LoadS8 => Pick(Code.EVEX_Vpmovsxbd_zmm_k1z_xmmm128, Code.VEX_Vpmovsxbd_ymm_xmmm64),
            IrOp.Dot4 => Pick(Code.EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpdpbusd_ymm_ymm_ymmm256),
            IrOp.Dot2 => Pick(Code.EVEX_Vpdpwssd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpdpwssd_ymm_ymm_ymmm256),
            IrOp.MulPairs => Pick(Code.EVEX_Vpmaddwd_zmm_k1z_zmm_zmmm512, Code.VEX_Vpmaddwd_ymm_ymm_ymmm256),
            IrOp.Add32 => Pick(Code.EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpaddd_ymm_ymm_ymmm256),
            IrOp.MulEven => Pick(Code.EVEX_Vpmuldq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpmuldq_ymm_ymm_ymmm256),
            IrOp.Or => Pick(Code.EVEX_Vpord_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpor_ymm_ymm_ymmm256),
            IrOp.Xor => Pick(Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpxor_ymm_ymm_ymmm256),
            IrOp.Max32 => Pick(Code.EVEX_Vpmaxsd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpmaxsd_ymm_ymm_ymmm256),
            IrOp.Min32 => Pick(Code.EVEX_Vpminsd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpminsd_ymm_ymm_ymmm256),
            IrOp.ShiftRightEach32 => Pick(Code.EVEX_Vpsravd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpsravd_ymm_ymm_ymmm256),
            IrOp.PackS16 => Pick(Code.EVEX_Vpackssdw_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpackssdw_ymm_ymm_ymmm256),
            IrOp.PackU8 => Pick(Code.EVEX_Vpackuswb_zmm_k1z_zmm_zmmm512, Code.VEX_Vpackuswb_ymm_ymm_ymmm256),
            IrOp.MaxU8 => Pick(Code.EVEX_Vpmaxub_zmm_k1z_zmm_zmmm512, Code.VEX_Vpmaxub_ymm_ymm_ymmm256),
            IrOp.MinU8 => Pick(Code.EVEX_Vpminub_zmm_k1z_zmm_zmmm512, Code.VEX_Vpminub_ymm_ymm_ymmm256),
            IrOp.Permute32 => Pick(Code.EVEX_Vpermd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpermd_ymm_ymm_ymmm256),
            IrOp.Fma => Pick(Code.EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmadd231ps_ymm_ymm_ymmm256),
            IrOp.AddFloat => Pick(Code.EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vaddps_ymm_ymm_ymmm256),
            IrOp.MaxFloat => Pick(Code.EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, Code.VEX_Vmaxps_ymm_ymm_ymmm256),
            IrOp.MinFloat => Pick(Code.EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, Code.VEX_Vminps_ymm_ymm_ymmm256),
            _ => throw new InvalidOperationException($"kernel {_kernel.Name}: no encoding of {i}. The emitter is wrong."),
        };
        Add((i.A.Exists, i.B.Exists, i.Memory.Exists) switch
        {
            (false, false, true) => Instruction.Create(code, Vector(i.Dst), Memory(i.Memory)),
            (true, false, false) => Instruction.Create(code, Vector(i.Dst), Vector(i.A)),
            (true, true, false) => Instruction.Create(code, Vector(i.Dst), Vector(i.A), Vector(i.B)),
            _ => Instruction.Create(code, Vector(i.Dst), Vector(i.A), Memory(i.Memory)),
        });
    }

    private Code Pick(Code evex, Code vex) => _wide ? evex : vex;

    private Register Scalar(VReg r) => Gpr[_registers[r]];

    private Register Vector(VReg r) => (_wide ? Register.ZMM0 : Register.YMM0) + _registers[r];

    private Register Tile(VReg r) => Register.TMM0 + _registers[r];

    // Writing the low 128 bits clears the rest.
    private Register Low(VReg r) => Register.XMM0 + _registers[r];

    private MemoryOperand Memory(Address a) =>
        a.Index.Exists ? new(Scalar(a.Base), Scalar(a.Index), a.Scale, a.Displacement, a.Displacement == 0 ? 0 : 1)
            : new(Scalar(a.Base), a.Displacement, a.Displacement == 0 ? 0 : 1);

    private void Add(in Instruction instruction)
    {
        _code.Add(instruction);
        _origins.Add(_origin);
    }
}
