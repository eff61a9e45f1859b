using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Jit;

/// <summary>Runs a kernel operation by operation in plain C#: the definition of the IR, against which machine code is tested.</summary>
/// <remarks>Memory is real memory, and nothing is checked: as with the machine code, who calls answers for the addresses.</remarks>
public sealed unsafe class KernelInterpreter
{
    private readonly KernelIr _kernel;
    private readonly long[] _scalars, _slots;
    private readonly int[][] _vectors;
    private readonly TileState _tiles = new();
    private readonly int[] _end;      // of each loop

    /// <summary>Prepares to run a kernel.</summary>
    public KernelInterpreter(KernelIr kernel)
    {
        _kernel = kernel;
        _scalars = new long[1 + Count(RegisterKind.Scalar)];
        _vectors = [.. Enumerable.Range(0, Count(RegisterKind.Vector)).Select(_ => new int[kernel.Lanes])];
        _slots = new long[kernel.Slots];
        _end = new int[kernel.Code.Count];
        Stack<int> open = new();
        for (int i = 0; i < _end.Length; i++)
        {
            if (IrTable.OpensLoop(kernel.Code[i].Op)) open.Push(i);
            else if (kernel.Code[i].Op == IrOp.EndLoop) _end[open.Pop()] = i;
        }
    }

    /// <summary>Runs the kernel on a block of arguments.</summary>
    public void Run(void* arguments)
    {
        _scalars[0] = (long)arguments;
        Run(0, _kernel.Code.Count);
    }

    private int Count(RegisterKind kind) => _kernel.Code.SelectMany(IrTable.Uses).Concat(_kernel.Code.Select(i => i.Dst))
        .Where(r => r.Exists && r.Kind == kind).Select(r => r.Id + 1).DefaultIfEmpty(0).Max();

    private void Run(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            IrInstruction op = _kernel.Code[i];
            if (!IrTable.OpensLoop(op.Op))
            {
                if (IrTable.IsOnTiles(op)) Tiles(op);
                else if (op.Dst.Exists && op.Dst.Kind == RegisterKind.Scalar) _scalars[op.Dst.Id] = Scalar(op);
                else if (op.Op == IrOp.StoreSlot) _slots[op.Immediate] = _scalars[op.A.Id];
                else if (op.Dst.Exists) Vector(op, _vectors[op.Dst.Id]);
                else if (op.Op != IrOp.Prefetch) Store(op);
                continue;
            }
            ref long count = ref op.Op == IrOp.Loop ? ref _scalars[op.Dst.Id] : ref _slots[op.Immediate];
            for (; count > 0; count--) Run(i + 1, _end[i]);
            i = _end[i];
        }
    }

    private byte* At(Address a) => (byte*)_scalars[a.Base.Id] + a.Displacement + (a.Index.Exists ? _scalars[a.Index.Id] * a.Scale : 0);

    private void Tiles(in IrInstruction i)
    {
        Address a = i.Memory;
        _tiles.Run(in i, a.Exists ? At(a with { Index = VReg.None }) : null, a.Index.Exists ? _scalars[a.Index.Id] * a.Scale : 0);
    }

    private long Scalar(in IrInstruction i) => i.Op switch
    {
        IrOp.LoadScalar => *(long*)At(i.Memory),
        IrOp.AddScalar => _scalars[i.A.Id] + _scalars[i.B.Id],
        IrOp.AddImmediate => _scalars[i.Dst.Id] + i.Immediate,
        IrOp.SetScalar => i.Immediate,
        IrOp.LoadSlot => _slots[i.Immediate],
        _ => throw new InvalidOperationException($"kernel IR: {i} is no scalar operation."),
    };

    private void Store(in IrInstruction i)
    {
        byte* to = At(i.Memory);
        int[] a = _vectors[i.A.Id];
        if (i.Op is IrOp.Store128 or IrOp.Store256)
        {
            int bytes = i.Op == IrOp.Store128 ? 16 : 32;
            MemoryMarshal.AsBytes(a.AsSpan()).Slice((int)i.Immediate * bytes, bytes).CopyTo(new(to, bytes));
            return;
        }
        for (int l = 0; l < a.Length; l++)
        {
            if (i.Op == IrOp.Store8) to[l] = (byte)a[l];
            else ((int*)to)[l] = a[l];
        }
    }

    private void Vector(in IrInstruction i, int[] dst)
    {
        int* memory = i.Memory.Exists ? (int*)At(i.Memory) : null;
        int[] old = [.. dst], a = Source(i.A), b = Source(i.B);
        if (memory != null && IrTable.Of(i.Op).MemoryInPlaceOfB) b = new Span<int>(memory, dst.Length).ToArray();
        for (int l = 0; l < dst.Length; l++)
        {
            dst[l] = i.Op switch
            {
                IrOp.Load => memory[l],
                IrOp.Copy => a[l],
                IrOp.Zero => 0,
                IrOp.Broadcast32 => *memory,
                IrOp.LoadU8 => ((byte*)memory)[l],
                IrOp.LoadS8 => ((sbyte*)memory)[l],
                IrOp.Dot4 => old[l] + Bytes(a[l], b[l]),
                IrOp.Dot2 => old[l] + Pairs(a[l], b[l]),
                IrOp.MulPairs => Pairs(a[l], b[l]),
                IrOp.Add32 => a[l] + b[l],
                IrOp.Or => a[l] | b[l],
                IrOp.Xor => a[l] ^ b[l],
                IrOp.ShiftLeft32 => a[l] << (int)i.Immediate,
                IrOp.ShiftRight32 => a[l] >> (int)i.Immediate,
                IrOp.Max32 => Math.Max(a[l], b[l]),
                IrOp.Min32 => Math.Min(a[l], b[l]),
                IrOp.ShiftRightEach32 => a[l] >> b[l],
                IrOp.JoinHigh => l % 2 == 0 ? a[l + 1] : old[l],
                IrOp.MulEven => Half(l, (long)a[l & ~1] * b[l & ~1]),
                IrOp.PackS16 => Packed(a, b, l, 2, short.MinValue, short.MaxValue),
                IrOp.PackU8 => Packed(a, b, l, 1, byte.MinValue, byte.MaxValue),
                IrOp.MaxU8 => EachByte(a[l], b[l], Math.Max),
                IrOp.MinU8 => EachByte(a[l], b[l], Math.Min),
                IrOp.Permute32 => b[a[l] & (dst.Length - 1)],
                IrOp.ShiftRight64 => Half(l, (long)((ulong)Long(a, l) >> (int)i.Immediate)),
                IrOp.Fma => Bits(MathF.FusedMultiplyAdd(Float(a[l]), Float(b[l]), Float(old[l]))),
                IrOp.AddFloat => Bits(Float(a[l]) + Float(b[l])),
                IrOp.MaxFloat => Float(a[l]) > Float(b[l]) ? a[l] : b[l],
                IrOp.MinFloat => Float(a[l]) < Float(b[l]) ? a[l] : b[l],
                _ => throw new InvalidOperationException($"kernel IR: {i} is no vector operation."),
            };
        }
    }

    // A copy: an operation may write one of its sources, and 64-bit lanes are written half by half.
    private int[] Source(VReg register) => register.Exists ? [.. _vectors[register.Id]] : [];

    private static int Bytes(int a, int b)
    {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8) sum += (byte)(a >> shift) * (sbyte)(b >> shift);
        return sum;
    }

    private static int Pairs(int a, int b) => (short)a * (short)b + (a >> 16) * (b >> 16);

    // Lane l of the pack: values of twice as many bytes, from the 16 bytes of a or b in which it lies.
    private static int Packed(int[] a, int[] b, int l, int bytes, int lo, int hi)
    {
        ReadOnlySpan<int> from = (l % 4 < 2 ? a : b).AsSpan(l / 4 * 4 + l % 2 * 2, 2);
        int lane = 0;
        for (int i = 0; i < 4 / bytes; i++)
        {
            int value = bytes == 2 ? from[i] : MemoryMarshal.Cast<int, short>(from)[i];
            lane |= (Math.Clamp(value, lo, hi) & ((1 << 8 * bytes) - 1)) << 8 * bytes * i;
        }
        return lane;
    }

    private static int EachByte(int a, int b, Func<byte, byte, byte> op)
    {
        int lane = 0;
        for (int shift = 0; shift < 32; shift += 8) lane |= op((byte)(a >> shift), (byte)(b >> shift)) << shift;
        return lane;
    }

    private static long Long(int[] v, int lane) => MemoryMarshal.Cast<int, long>(v)[lane / 2];

    private static int Half(int lane, long value) => lane % 2 == 0 ? (int)value : (int)(value >> 32);

    private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);
}
