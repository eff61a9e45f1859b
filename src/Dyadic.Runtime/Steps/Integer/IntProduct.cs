using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊Σₖ (a[.., m, k] − z_a)·(b[.., k, n] − z_b)·M·2⁻ˢ⌉ + z_y, lo, hi): a product of two activations, as those of attention; equation (19).</summary>
/// <remarks>a, b of 8 bits; y of 8 or 16. The axes in front broadcast.</remarks>
public sealed class IntProduct : IntStep
{
    private readonly IntFormat _a, _b, _to;
    private readonly LineSum _end;
    private readonly int _inner;

    /// <summary>A product.</summary>
    /// <param name="scale">S_a·S_b/S_y, times what the product is scaled by.</param>
    /// <param name="a">Format of the first factor.</param>
    /// <param name="b">Format of the second factor.</param>
    /// <param name="to">Format of y; its range is the fused clamp.</param>
    /// <param name="inner">The largest K.</param>
    /// <exception cref="PlanException">A sum of so many products could reach 2³¹.</exception>
    public IntProduct(DyadicScale scale, IntFormat a, IntFormat b, IntFormat to, int inner)
    {
        (_a, _b, _to, _inner) = (a.Checked(), b.Checked(), to.Checked(wide: true), inner);
        long worst = (long)inner * _a.Reach * _b.Reach;
        if (worst > int.MaxValue) throw new PlanException($"plan: step {Kernel}: |acc| can reach {worst} ≥ 2³¹ for K = {inner}. Quantise to fewer bits or split K.");
        _end = new([scale], [new(DType.Int32, 0, (int)-worst, (int)worst)], to);
    }

    /// <inheritdoc/>
    public override string Kernel => $"product_{Widths.Of(_a)}{Widths.Of(_b)}_{Widths.Of(_to)}";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        MatMulGeometry g = Geometry(inputs);
        for (int i = 0; i < g.Count; i++)
        {
            (nint atA, nint atB) = g.Sources(i);
            for (int m = 0; m < g.M; m++)
                for (int n = 0; n < g.N; n++)
                {
                    int sum = 0;
                    for (int k = 0; k < g.K; k++)
                        sum += (Widths.Read(in inputs[0], (int)atA + (m * g.K) + k) - _a.Zero) * (Widths.Read(in inputs[1], (int)atB + (k * g.N) + n) - _b.Zero);
                    Widths.Write(in outputs[0], (((i * g.M) + m) * g.N) + n, _end.Of([sum]));                                   // (19)
                }
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        MatMulGeometry g = Geometry(inputs);
        if (g.Count == 0) return;
        bool spread = g.Count >= mode.Threads;
        Body body = new(this, g, inputs[0].Data, inputs[1].Data, outputs[0].Data, spread ? mode with { Threads = 1 } : mode);
        if (spread) WorkerPool.For(g.Count, mode, ref body);
        else body.Run(0, g.Count);
    }

    private MatMulGeometry Geometry(ReadOnlySpan<TensorView> inputs)
    {
        MatMulGeometry g = new(inputs[0].Dims, inputs[1].Dims, false, false);
        Ensure.Shape(g.K <= _inner, $"{Kernel}: K = {g.K} is more than the {_inner} that the step was made for. Lower the graph for this size.");
        return g;
    }

    private readonly unsafe struct Body(IntProduct owner, MatMulGeometry g, byte* a, byte* b, byte* y, ExecutionMode mode) : IParallelBody
    {
        // Symmetric int8 goes as it is; other codes as differences of 9 bits.
        public void Run(int start, int end)
        {
            int left = g.M * g.K, right = g.K * g.N, sums = g.M * g.N;
            bool bytesA = IsSymmetric(owner._a), bytesB = IsSymmetric(owner._b);
            using ScratchBuffer<short> wideA = Scratch.Rent<short>(bytesA ? 0 : left), wideB = Scratch.Rent<short>(bytesB ? 0 : right);
            using ScratchBuffer<int> acc = Scratch.Rent<int>(sums);
            CodeProduct product = new(g.M, g.N, g.K, TurnedA: false, TurnedB: false);
            nint term = (nint)acc.Pointer;
            int size = owner._to.IsWide ? 2 : 1;
            for (int i = start; i < end; i++)
            {
                (nint atA, nint atB) = g.Sources(i);
                product.Run(Codes(a + atA, left, owner._a, bytesA, wideA.Pointer), Codes(b + atB, right, owner._b, bytesB, wideB.Pointer), acc.Span, mode);
                owner._end.Run(&term, &sums, y + ((nint)i * sums * size), sums, mode);
            }
        }

        private CodeSpan Codes(byte* x, int count, IntFormat from, bool asTheyAre, short* wide)
        {
            if (asTheyAre) return new(new ReadOnlySpan<byte>(x, count), 8);
            Widening.Run(x, wide, count, from, mode.Width);
            return ByteCodes.Of(new ReadOnlySpan<short>(wide, count));
        }

        private static bool IsSymmetric(IntFormat format) => format is { Type: DType.Int8, Zero: 0 };
    }
}
