using Dyadic.Compression.Layers;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Compression;

/// <summary>Learns whether each weight rounds down or up: W̃ = s·clip(⌊W/s⌋ + h(V), −n, n) with the least ‖f(W·x + b) − f(W̃·x̂ + b)‖² + λ·Σ(1 − |2h(V) − 1|^β).</summary>
/// <remarks>
/// Nagel et al. 2020, eqs. (21)–(25): h(V) = clip(1.2·σ(V) − 0.1, 0, 1) is rounded in the end, β falls from 20 to 2 after a first fifth without the second term, f is max(x, 0) where nothing else reads the layer's output;
/// x is the input in the float graph, x̂ that in the quantised one. Adam on rows of the calibration data, layer after layer. Differs: the first term is relative to the error of rounding to nearest and counts once for each weight, so that
/// λ means the same in every layer; and an output channel whose error on those rows did not fall keeps its nearest codes. Equal seeds give equal codes.
/// </remarks>
/// <param name="Iterations">Steps of Adam for each layer.</param>
/// <param name="Regularization">λ.</param>
/// <param name="LearningRate">η of Adam.</param>
/// <param name="Rows">The most rows of the data for a layer: places of a convolution, vectors of a product.</param>
/// <param name="Batch">Rows of one step.</param>
/// <param name="Seed">Of the order of rows.</param>
public sealed record AdaRound(int Iterations = 1000, double Regularization = 5, double LearningRate = 0.03, int Rows = 8192, int Batch = 256, ulong Seed = 0) : RoundingMethod
{
    private const double Low = -0.1, High = 1.1;      // γ and ζ

    /// <inheritdoc/>
    public override string Name => "adaround";

    internal override void Check()
    {
        if (Iterations < 1 || Rows < 1 || Batch < 1) throw new CompressionException($"quantize: adaround with {Iterations} iterations on batches of {Batch} of {Rows} rows is not possible. Use at least 1 of each.");
        if (Regularization is not (>= 0 and < 1e6) || LearningRate is not (> 0 and < 1e3))
            throw new CompressionException($"quantize: adaround with λ = {Regularization} and a learning rate of {LearningRate} is not possible. Use finite positive values; 5 and 0.03 are usual.");
    }

    internal override int[] Codes(RoundingProblem problem)
    {
        RowData data = RowData.Of(problem, Rows, new(Seed));
        float[] h = Learn(problem, data);
        int n = problem.Layer.Inner;
        int[] learned = new int[h.Length], nearest = new int[h.Length];
        for (int i = 0; i < h.Length; i++)
        {
            learned[i] = (int)Math.Clamp(Floor(problem, i) + (h[i] >= 0.5f ? 1 : 0), -problem.Levels, problem.Levels);
            nearest[i] = problem.Nearest(problem.Weights[i], i / n);
        }
        double[] before = data.Errors(nearest), after = data.Errors(learned);
        for (int m = 0; m < before.Length; m++)
            if (!(after[m] < before[m])) nearest.AsSpan(m * n, n).CopyTo(learned.AsSpan(m * n, n));
        return learned;
    }

    /// <summary>h(V) after the last step, row-major [M, K].</summary>
    internal float[] Learn(RoundingProblem problem, RowData data)
    {
        int n = problem.Layer.Inner;
        float[] start = new float[problem.Weights.Length], floors = new float[start.Length];
        for (int i = 0; i < start.Length; i++)
        {
            double floor = Floor(problem, i), rest = Math.Clamp(problem.Weights[i] / problem.Scales[i / n] - floor, 0, 1);
            floors[i] = (float)floor;
            start[i] = (float)-Math.Log((High - Low) / (rest - Low) - 1);                          // h(V) = rest
        }
        double[] nearest = data.Errors([.. Enumerable.Range(0, start.Length).Select(i => problem.Nearest(problem.Weights[i], i / n))]);
        if (nearest.Sum() == 0) return [.. start.Select(v => (float)Soft(v))];
        double weight = start.Length / nearest.Sum();
        Tensor v = data.Grouped(start), floorCodes = data.Grouped(floors);
        v.RequiresGrad = true;
        Adam adam = new([("V", v)], LearningRate);
        int warm = Iterations / 5;
        for (int i = 0; i < Iterations; i++)
        {
            Tensor h = (v.Sigmoid() * (High - Low) + Low).Clip(0, 1);
            Tensor loss = data.Loss((floorCodes + h).Clip(-problem.Levels, problem.Levels), i, Batch) * weight;
            if (i >= warm)
            {
                double beta = 2 + 18 * (1 - (double)(i - warm) / Math.Max(1, Iterations - warm));
                loss += (1 - (2 * h - 1).Abs().Pow(beta)).ReduceSum() * Regularization;
            }
            adam.ZeroGrad();
            loss.Backward();
            adam.Step();
        }
        return data.Ungrouped(Array.ConvertAll(v.ToArray<float>(), x => (float)Soft(x)));
    }

    private static double Floor(RoundingProblem problem, int i) => Math.Floor((double)problem.Weights[i] / problem.Scales[i / problem.Layer.Inner]);

    private static double Soft(double v) => Math.Clamp((High - Low) / (1 + Math.Exp(-v)) + Low, 0, 1);
}
