using System.Text.Json;
using Dyadic.Optim;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Golden;

/// <summary>Ten steps of each optimiser on ½·Σ a·(p − c)² against the path that PyTorch 1.13 took in float64.</summary>
public sealed class TorchOptimizerTests
{
    [Fact]
    public void Paths_equal_those_of_torch()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Repository.At("tests/golden/torch/optimizers.json")));
        Assert.Equal(10, document.RootElement.GetArrayLength());
        Assert.All(document.RootElement.EnumerateArray(), Check);
    }

    private static void Check(JsonElement run)
    {
        string name = run.GetProperty("optimizer").GetString()!, schedule = run.GetProperty("schedule").GetString()!;
        double[] a = Numbers(run.GetProperty("a")), c = Numbers(run.GetProperty("c")), rates = Numbers(run.GetProperty("rates"));
        double[][] path = [.. run.GetProperty("path").EnumerateArray().Select(Numbers)];
        Tensor p = Tensor.Vector<float>(Array.ConvertAll(Numbers(run.GetProperty("start")), v => (float)v));
        p.RequiresGrad = true;
        Optimizer optimizer = Create(name, [("p", p)], run.GetProperty("options"));
        Schedule rate = Rate(schedule, rates[0]);
        for (int step = 0; step < path.Length; step++)
        {
            optimizer.LearningRate = rate.At(step);
            Assert.Equal(rates[step], optimizer.LearningRate, 1e-12);
            float[] at = p.ToArray<float>();
            p.Grad = Tensor.Vector<float>([.. at.Select((v, i) => (float)(a[i] * (v - c[i])))]);     // the gradient of the loss
            optimizer.Step();
            double distance = Tolerance.Distance(path[step], Array.ConvertAll(p.ToArray<float>(), v => (double)v));
            Assert.True(distance <= 2e-5, $"{name}, {schedule} rate: step {step} is {distance:g3} away.");
        }
    }

    private static Optimizer Create(string name, (string, Tensor)[] parameters, JsonElement options)
    {
        double Option(string key, double otherwise) => options.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : otherwise;
        double[] betas = options.TryGetProperty("betas", out JsonElement given) ? Numbers(given) : [0.9, 0.999];
        double rate = Option("lr", 0), decay = Option("weight_decay", 0);
        return name.Split(' ')[0] switch
        {
            "sgd" => new Sgd(parameters, rate, Option("momentum", 0), decay, options.TryGetProperty("nesterov", out _)),
            "adam" => new Adam(parameters, rate, betas[0], betas[1], Option("eps", 1e-8), decay),
            "adamw" => new AdamW(parameters, rate, betas[0], betas[1], Option("eps", 1e-8), decay),
            _ => throw new InvalidDataException($"No optimiser {name}."),
        };
    }

    // As in generate.py: StepLR(3, 0.5) and CosineAnnealingLR(10, 0.01).
    private static Schedule Rate(string schedule, double first) => schedule switch
    {
        "constant" => new ConstantRate(first),
        "step" => new StepDecay(first, 3, 0.5),
        "cosine" => new CosineDecay(first, 10, 0.01),
        _ => throw new InvalidDataException($"No schedule {schedule}."),
    };

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetDouble())];
}
