using System.Numerics.Tensors;
using Dyadic.Arithmetics;
using Dyadic.Compression.Layers;
using Dyadic.Kernels.Threading;
using MathNet.Numerics.LinearAlgebra;

namespace Dyadic.Compression;

/// <summary>Codes of weights one column after the other; the weights still ahead make up for the error of each: w_j ← w_j − (w_i − Q(w_i))/U_ii·U_ij for j &gt; i, with H⁻¹ = Uᵀ·U.</summary>
/// <remarks>
/// Frantar et al. 2022, Algorithm 1, for products and for convolutions by their windows, each group with its own H = 2/n·Σ x·xᵀ. Differs: x comes from the layers that are quantised already; inputs that
/// are always zero leave their weights rounded to nearest instead of zeroed; where rounding to nearest gives an output channel less error on the data, it stays, so that no channel is worse; and where H is
/// not positive definite in float64, the damping grows tenfold until it is.
/// </remarks>
/// <param name="Damping">λ: this share of the mean of H's diagonal is added to it.</param>
/// <param name="ActivationOrder">Columns of the largest H_ii come first, while most weights can still make up for them.</param>
public sealed record Gptq(double Damping = 0.01, bool ActivationOrder = false) : RoundingMethod
{
    private const int Block = 128;

    /// <inheritdoc/>
    public override string Name => "gptq";

    internal override void Check()
    {
        if (Damping is not (>= 0 and <= 1)) throw new CompressionException($"quantize: gptq with a damping of {Damping} is not possible. Use 0 to 1; 0.01 is usual.");
    }

    internal override int[] Codes(RoundingProblem problem)
    {
        WeightLayer layer = problem.Layer;
        double[][] moments = InputMoments.Of(layer, problem.Inputs);
        int[] codes = new int[problem.Weights.Length];
        int rows = layer.Channels / layer.Groups;
        for (int g = 0; g < moments.Length; g++)
        {
            int[] order = Order(moments[g], layer.Inner);
            double[] upper = InverseRoot(moments[g], order);
            Columns(problem, g * rows, rows, order, upper, codes);
            for (int m = g * rows; m < (g + 1) * rows; m++) KeepBetter(problem, m, moments[g], codes);
        }
        return codes;
    }

    private int[] Order(double[] h, int inner)
    {
        IEnumerable<int> columns = Enumerable.Range(0, inner);
        return [.. ActivationOrder ? columns.OrderByDescending(i => h[i * inner + i]) : columns];
    }

    // U of H⁻¹ = Uᵀ·U, row-major, columns of H in the given order.
    private double[] InverseRoot(double[] h, int[] order)
    {
        int n = order.Length;
        double mean = Enumerable.Range(0, n).Average(i => h[i * n + i]);
        for (double damping = Damping; damping <= 1e3; damping = Math.Max(damping * 10, 1e-6))
        {
            Matrix<double> damped = Matrix<double>.Build.Dense(n, n, (i, j) => h[order[i] * n + order[j]]);
            for (int i = 0; i < n; i++)
            {
                if (damped[i, i] == 0) damped[i, i] = mean > 0 ? mean : 1;
                damped[i, i] += damping * mean;
            }
            if (Root(damped) is not { } lower) continue;
            Matrix<double> inverse = lower.Solve(Matrix<double>.Build.DenseIdentity(n));
            if (Root((inverse + inverse.Transpose()) / 2) is { } root) return root.Factor.ToColumnMajorArray();      // L by columns is U = Lᵀ by rows
        }
        throw new CompressionException($"quantize: gptq: the inputs of a layer with {n} weights an output are not finite. Check the model and the data.");
    }

    private static MathNet.Numerics.LinearAlgebra.Factorization.Cholesky<double>? Root(Matrix<double> matrix)
    {
        try
        {
            return matrix.Cholesky();
        }
        catch (ArgumentException)
        {
            return null;      // not positive definite
        }
    }

    // Rows do not touch each other; columns of a block first make up within it, then for all behind it.
    private static void Columns(RoundingProblem problem, int first, int rows, int[] order, double[] upper, int[] codes)
    {
        int n = order.Length;
        double[][] left = [.. Enumerable.Range(first, rows).Select(m => Array.ConvertAll(order, k => (double)problem.Weights[m * n + k]))];
        for (int start = 0; start < n; start += Block)
        {
            BlockBody body = new(problem, first, order, upper, codes, left, start, Math.Min(n, start + Block));
            WorkerPool.For(rows, Door.Mode, ref body);
        }
    }

    private readonly struct BlockBody(RoundingProblem problem, int first, int[] order, double[] upper, int[] codes, double[][] left, int from, int to) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int r = start; r < end; r++) Row(left[r], first + r);
        }

        private void Row(double[] w, int channel)
        {
            int n = order.Length;
            double[] errors = new double[to - from];
            for (int i = from; i < to; i++)
            {
                int code = problem.Nearest(w[i], channel);
                codes[channel * n + order[i]] = code;
                double error = (w[i] - (double)code * problem.Scales[channel]) / upper[i * n + i];
                Subtract(w, upper, i, error, i + 1, to);
                errors[i - from] = error;
            }
            for (int i = from; i < to && to < n; i++) Subtract(w, upper, i, errors[i - from], to, n);
        }
    }

    private static void Subtract(double[] w, double[] upper, int row, double error, int from, int to)
    {
        Span<double> rest = w.AsSpan(from, to - from);
        TensorPrimitives.MultiplyAdd(upper.AsSpan(row * w.Length + from, to - from), -error, rest, rest);
    }

    private static void KeepBetter(RoundingProblem problem, int channel, double[] h, int[] codes)
    {
        int n = problem.Layer.Inner;
        int[] nearest = [.. Enumerable.Range(0, n).Select(k => problem.Nearest(problem.Weights[channel * n + k], channel))];
        Span<int> chosen = codes.AsSpan(channel * n, n);
        if (Error(problem, channel, h, nearest) <= Error(problem, channel, h, chosen)) nearest.CopyTo(chosen);
    }

    /// <summary>dᵀ·H·d of one output channel, d = Q(w) − w.</summary>
    internal static double Error(RoundingProblem problem, int channel, double[] h, ReadOnlySpan<int> codes)
    {
        double[] d = new double[codes.Length];
        for (int k = 0; k < d.Length; k++) d[k] = (double)codes[k] * problem.Scales[channel] - problem.Weights[channel * d.Length + k];
        return InputMoments.Form(h, d);
    }
}
