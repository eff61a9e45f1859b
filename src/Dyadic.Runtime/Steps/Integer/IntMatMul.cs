using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = Σₖ (a[.., m, k] − z_a[m])·(b[.., k, n] − z_b[n]), int32 modulo 2³²; a, b int8 or uint8, both known only when the step runs.</summary>
/// <remarks>Inputs a, b, z_a [1] or [M], z_b [1] or [N]. The differences are codes of 9 bits; a sum that may leave int32 is taken in int64 and cut.</remarks>
public sealed class IntMatMul : IntStep
{
    /// <inheritdoc/>
    public override string Kernel => "matmul_s32";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        MatMulGeometry g = new(inputs[0].Dims, inputs[1].Dims, false, false);
        int rows = inputs[0].Rank == 1 ? 1 : inputs[0].Dims[^2];
        Span<int> y = outputs[0].Span<int>();
        for (int i = 0; i < g.Count; i++)
        {
            (nint a, nint b) = g.Sources(i);
            for (int m = 0; m < g.M; m++)
                for (int n = 0; n < g.N; n++)
                {
                    int sum = 0;
                    for (int k = 0; k < g.K; k++)
                        sum = unchecked(sum + (ByteCodes.Difference(inputs[0], a + ((nint)m * g.K) + k, inputs[2], m % rows) * ByteCodes.Difference(inputs[1], b + ((nint)k * g.N) + n, inputs[3], n)));
                    y[(((i * g.M) + m) * g.N) + n] = sum;
                }
        }
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView a, TensorView b) = (inputs[0], inputs[1]);
        MatMulGeometry g = new(a.Dims, b.Dims, false, false);
        Span<int> y = outputs[0].Span<int>();
        if (g.K == 0) y.Clear();
        if (g.K == 0 || g.Count == 0) return;
        using ScratchBuffer<short> left = Scratch.Rent<short>(a.Length), right = Scratch.Rent<short>(b.Length);
        ByteCodes.ByRows(a, inputs[2], g.K, left.Span);
        ByteCodes.ByColumns(b, inputs[3], right.Span);
        CodeProduct product = new(g.M, g.N, g.K, false, false);
        for (int i = 0; i < g.Count; i++)
        {
            (nint atA, nint atB) = g.Sources(i);
            CodeSpan codesA = ByteCodes.Of(left.Span.Slice((int)atA, g.M * g.K)), codesB = ByteCodes.Of(right.Span.Slice((int)atB, g.K * g.N));
            Span<int> sums = y.Slice(i * g.M * g.N, g.M * g.N);
            if (CodeContraction.Fits(g.K, ByteCodes.Bits, ByteCodes.Bits)) product.Run(codesA, codesB, sums, mode);
            else
            {
                using ScratchBuffer<long> wide = Scratch.Rent<long>(sums.Length);
                product.Run(codesA, codesB, wide.Span, mode);
                for (int j = 0; j < sums.Length; j++) sums[j] = unchecked((int)wide.Span[j]);
            }
        }
    }
}
