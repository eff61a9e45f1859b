using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Elementwise;

/// <summary>y = clamp(⌊((a − z_a)·A + (b − z_b)·B)·2⁻ˢ⌉ + z_y, lo, hi): a generated kernel where no pair of codes makes a tie, else managed vectors.</summary>
/// <remarks>Equal to <see cref="Reference.IntegerElementwise.Add"/> bit for bit. All 65,536 pairs are tried for ties when it is made.</remarks>
public sealed unsafe class IntegerAddition
{
    private const int Grain = 1 << 14;
    private readonly IntFormat _a, _b, _to;
    private readonly AlignedPair _scales;
    private readonly Lazy<bool> _fits;
    private readonly GeneratedKernel?[] _kernels = new GeneratedKernel?[InstructionSets.Count];

    /// <summary>An addition; nothing is generated before <see cref="Prepare"/>.</summary>
    /// <param name="a">Format of the first term.</param>
    /// <param name="b">Format of the second.</param>
    /// <param name="to">Format of the sum.</param>
    /// <param name="scales">A, B and s.</param>
    public IntegerAddition(IntFormat a, IntFormat b, IntFormat to, AlignedPair scales)
    {
        (_a, _b, _to, _scales) = (a, b, to, scales);
        _fits = new(Fits);
    }

    /// <summary>The kernel for <paramref name="set"/>, after <see cref="Prepare"/>.</summary>
    public GeneratedKernel? Kernel(InstructionSet set) => Volatile.Read(ref _kernels[(int)set.OnVectors()]);

    /// <summary>Makes the kernel of a set, if it can serve.</summary>
    public void Prepare(InstructionSet set)
    {
        if (set != InstructionSet.None && Kernel(set) is null && _fits.Value) Volatile.Write(ref _kernels[(int)set.OnVectors()], KernelCache.Get(new AddKey(set.OnVectors())));
    }

    /// <summary>Adds by the definition.</summary>
    public void RunReference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> y) => Reference.IntegerElementwise.Add(a, b, y, _a, _b, _to, _scales);

    /// <summary>Adds <paramref name="count"/> elements.</summary>
    public void Run(byte* a, byte* b, byte* y, int count, in ExecutionMode mode)
    {
        if (Kernel(mode.Code) is not { } kernel)
        {
            IntegerElementwise.Add(a, b, y, count, _a, _b, _to, _scales, in mode);
            return;
        }
        int lanes = mode.Code.VectorBytes() / 4;
        Body body = new(this, kernel, a, b, y, lanes);
        WorkerPool.For(count / lanes, mode, ref body, Grain / lanes);
        for (int i = count / lanes * lanes; i < count; i++)
            y[i] = IntFormat.Write(_scales.Requantize(_a.Read(a[i]) - _a.Zero, _b.Read(b[i]) - _b.Zero, _to.Zero, _to.Lo, _to.Hi));
    }

    private AddArguments Arguments()
    {
        (int low, int high) = Halves.Pair(_scales.A, _scales.B);
        long constant = Constant();
        return new()
        {
            Flip = (_a.Signed ? 0x80 : 0) | (_b.Signed ? 0x80 << 16 : 0),
            LowPair = low,
            HighPair = high,
            LowConstant = (int)(constant & 0xFFFF),
            HighConstant = (int)(constant >> 16),
            Shift = _scales.Shift - 16,
        };
    }

    // Zero points, the half that rounds, and the zero point of the sum.
    private long Constant() => -(long)_scales.A * Zero(_a) - (long)_scales.B * Zero(_b) + (1L << (_scales.Shift - 1)) + ((long)(_to.Zero + CodeConstants.Offset(_to)) << _scales.Shift);

    private static int Zero(IntFormat f) => f.Zero + (f.Signed ? 128 : 0);

    private bool Fits()
    {
        int s = _scales.Shift;
        if (s is < 17 or > 38 || _scales.A < 0 || _scales.B < 0 || !Halves.Fit(_scales.A, _scales.B)) return false;
        if (Math.Abs(Constant()) >> 16 >= (1L << 31) - (1 << 26)) return false;
        long mask = (1L << s) - 1, tie = 1L << (s - 1);
        for (int a = -_a.Zero + _a.Lo; a <= _a.Hi - _a.Zero; a++)
            for (int b = -_b.Zero + _b.Lo; b <= _b.Hi - _b.Zero; b++)
                if (((long)a * _scales.A + (long)b * _scales.B & mask) == tie) return false;
        return true;
    }

    private readonly struct Body(IntegerAddition add, GeneratedKernel kernel, byte* a, byte* b, byte* y, int lanes) : IParallelBody
    {
        public void Run(int start, int end)
        {
            AddArguments call = add.Arguments();
            byte* codes = stackalloc byte[CodeConstants.Bytes];
            call.SetCodes(codes, add._to, kernel.Key.Set);
            nint first = (nint)start * lanes;
            call.A = a + first;
            call.B = b + first;
            call.Y = y + first;
            (call.Vectors4, call.VectorsRest) = ((end - start) / 4, (end - start) % 4);
            kernel.Run(&call);
        }
    }
}
