using Dyadic.Bench.RealModels;
using Dyadic.Numerics;

namespace Dyadic.Bench.Quantisation;

/// <summary>Policies of reinforcement learning by the share of actions that stay: their environments are not here, so that returns are not measured.</summary>
internal static class Policies
{
    private const int Samples = 4000;
    private const float Near = 0.02f;

    /// <summary>A policy whose action is the largest output; observations are drawn from the box ±<paramref name="bounds"/>.</summary>
    public static EvidenceModel Discrete(string name, string task, string file, float[] bounds) => new(name, task + ", 4,000 drawn observations", "same action, %")
    {
        File = () => RealModelFiles.Find(file), IsTimed = false,
        Calibration = () => [Observations(bounds, 512, 7)],
        Judge = (run, real) =>
        {
            Dictionary<string, Tensor> inputs = Observations(bounds, Samples, 11);
            return new(100.0 * Answers.Class(run(inputs)).Zip(Answers.Class(real(inputs))).Count(p => p.First == p.Second) / Samples, Samples);
        },
    };

    /// <summary>The Pendulum's actor: a torque counts as the same within a hundredth of its range.</summary>
    public static EvidenceModel Pendulum() => new("pendulum-sac", "Pendulum, SAC actor, 4,000 drawn observations", "torque within 1 %, %")
    {
        File = () => RealModelFiles.Find("rl/rl_pendulum_sac.onnx"), IsTimed = false,
        Calibration = () => [Swings(512, 7)],
        Judge = (run, real) =>
        {
            Dictionary<string, Tensor> inputs = Swings(Samples, 11);
            return new(100.0 * run(inputs)[0].ToArray<float>().Zip(real(inputs)[0].ToArray<float>()).Count(p => Math.Abs(p.First - p.Second) <= Near) / Samples, Samples);
        },
    };

    private static Dictionary<string, Tensor> Observations(float[] bounds, int count, ulong seed)
    {
        float[] values = Tensor.Uniform(Shape.Of(count, bounds.Length), new Rng(seed), -1, 1).ToArray<float>();
        for (int i = 0; i < values.Length; i++) values[i] *= bounds[i % bounds.Length];
        return new() { ["obs"] = Tensor.From(values, Shape.Of(count, bounds.Length)) };
    }

    // cos, sin, velocity.
    private static Dictionary<string, Tensor> Swings(int count, ulong seed)
    {
        float[] drawn = Tensor.Uniform(Shape.Of(count, 2), new Rng(seed), -1, 1).ToArray<float>();
        return new() { ["obs"] = Tensor.From([.. drawn.Chunk(2).SelectMany(d => (float[])[MathF.Cos(d[0] * MathF.PI), MathF.Sin(d[0] * MathF.PI), d[1] * 8])], Shape.Of(count, 3)) };
    }
}
