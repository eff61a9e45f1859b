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
        _fits = new(() => SumConstants.Fit(_a, _b, _to, _scales));
    }

    /// <summary>Format of the sum.</summary>
    public IntFormat To => _to;

    /// <summary>True where generated kernels can serve: no pair of codes makes a tie, and the halves of the sum fit.</summary>
    public bool Fits => _fits.Value;

    /// <summary>The kernel for <paramref name="set"/>, after <see cref="Prepare"/>.</summary>
    public GeneratedKernel? Kernel(InstructionSet set) => Volatile.Read(ref _kernels[(int)set.OnVectors()]);

    /// <summary>Makes the kernel of a set, if it can serve.</summary>
    public void Prepare(InstructionSet set)
    {
        if (set != InstructionSet.None && Kernel(set) is null && Fits) Volatile.Write(ref _kernels[(int)set.OnVectors()], KernelCache.Get(new AddKey(set.OnVectors())));
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

    /// <summary>Writes <see cref="CodeConstants"/> of the sum and <see cref="SumConstants"/> behind them, the first term being unsigned, as a contraction leaves it.</summary>
    internal void WriteConstants(byte* at, InstructionSet set)
    {
        CodeConstants.Write(at, _to, set);
        SumConstants.Write(at + CodeConstants.Bytes, CodeConstants.Unsigned(_a), _b, _to, _scales);
    }

    private readonly struct Body(IntegerAddition add, GeneratedKernel kernel, byte* a, byte* b, byte* y, int lanes) : IParallelBody
    {
        public void Run(int start, int end)
        {
            byte* codes = stackalloc byte[CodeConstants.Bytes + SumConstants.Bytes], terms = codes + CodeConstants.Bytes;
            SumConstants.Write(terms, add._a, add._b, add._to, add._scales);
            AddArguments call = new() { Terms = terms };
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
