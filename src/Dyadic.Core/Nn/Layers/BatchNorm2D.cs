using Dyadic.Arithmetics;
using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = γ·(x − μ)/√(σ² + ε) + β for each channel of x [N, C, …], any number of positions; μ, σ² of the batch while training, running averages otherwise.</summary>
/// <remarks>Ioffe and Szegedy 2015, Algorithms 1 and 2. The running variance is the unbiased one. In integer arithmetic the running statistics are numbers of 16 bits with one exponent.</remarks>
public sealed class BatchNorm2D : Module
{
    private readonly float _epsilon, _momentum;

    /// <summary>A layer with γ = 1, β = 0; running ← (1 − momentum)·running + momentum·batch.</summary>
    public BatchNorm2D(int channels, float epsilon = 1e-5f, float momentum = 0.1f)
    {
        (_epsilon, _momentum) = (epsilon, momentum);
        Weight = Parameter("weight", Tensor.Ones(Shape.Of(channels)));
        Bias = Parameter("bias", Tensor.Zeros(Shape.Of(channels)));
        RunningMean = Buffer("running_mean", Tensor.Zeros(Shape.Of(channels)));
        RunningVariance = Buffer("running_var", Tensor.Ones(Shape.Of(channels)));
    }

    /// <summary>γ [C].</summary>
    public Tensor Weight { get; }

    /// <summary>β [C].</summary>
    public Tensor Bias { get; }

    /// <summary>μ [C] for inference.</summary>
    public Tensor RunningMean { get; }

    /// <summary>σ² [C] for inference.</summary>
    public Tensor RunningVariance { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        if (!IsTraining) return x.BatchNormalization(Weight, Bias, RunningMean, RunningVariance, _epsilon);
        (Tensor y, Tensor mean, Tensor variance) = x.BatchNormalizationTraining(Weight, Bias, _epsilon);
        int perChannel = x.Length / Weight.Length;
        Blend(RunningMean, mean, 1);
        Blend(RunningVariance, variance, perChannel);
        return y;
    }

    // Of a variance over n values, n/(n − 1) of it: the unbiased one.
    private void Blend(Tensor running, Tensor batch, int n)
    {
        if (batch.FixedPoint is { } codes && Dyadic.Arithmetics.Arithmetic.Current is IntegerArithmetic arithmetic)
        {
            RunningCodes.Blend(running, codes, n, _momentum, arithmetic);
            return;
        }
        float factor = n > 1 ? n / (n - 1f) : 1;
        Span<float> r = running.Span<float>();
        ReadOnlySpan<float> b = batch.Span<float>();
        for (int i = 0; i < r.Length; i++) r[i] = ((1 - _momentum) * r[i]) + (_momentum * factor * b[i]);
        GC.KeepAlive(batch);
    }
}
