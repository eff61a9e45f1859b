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
    public override string Kernel => $"product_{_a.Name}{_b.Name}_{_to.Name}";

    /// <inheritdoc/>
    public override unsafe void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
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
                        sum += (_a.Read(inputs[0].Data, atA + (m * g.K) + k) - _a.Zero) * (_b.Read(inputs[1].Data, atB + (k * g.N) + n) - _b.Zero);
                    _to.Write(outputs[0].Data, (((i * g.M) + m) * g.N) + n, _end.Of([sum]));                                   // (19)
                }
        }
    }

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        MatMulGeometry g = Geometry(inputs);
        if (g.Count == 0) return;
        Body body = new(this, g, inputs[0].Data, inputs[1].Data, outputs[0].Data, mode with { Threads = 1 });
        WorkerPool.For(g.Count, mode, ref body);
    }

    private MatMulGeometry Geometry(ReadOnlySpan<TensorView> inputs)
    {
        MatMulGeometry g = new(inputs[0].Dims, inputs[1].Dims, false, false);
        Ensure.Shape(g.K <= _inner, $"{Kernel}: K = {g.K} is more than the {_inner} that the step was made for. Lower the graph for this size.");
        return g;
    }

    private readonly unsafe struct Body(IntProduct owner, MatMulGeometry g, byte* a, byte* b, byte* y, ExecutionMode mode) : IParallelBody
    {
        public void Run(int start, int end)
        {
            nint size = (nint)g.M * g.N * (owner._to.IsWide ? sizeof(short) : 1);
            for (int i = start; i < end; i++)
            {
                (nint atA, nint atB) = g.Sources(i);
                PairProduct.Run(g.M, g.N, g.K, a + atA, owner._a, b + atB, owner._b, owner._end, y + (i * size), in mode);
            }
        }
    }
}
