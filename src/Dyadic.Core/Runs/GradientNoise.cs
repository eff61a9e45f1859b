using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Ops;

namespace Dyadic.Runs;

/// <summary>What an arithmetic does to the gradients of one batch, without training.</summary>
public static class GradientNoise
{
    /// <summary>‖g_a − g‖²/‖g‖² over all parameters: g in float32, g_a in <paramref name="arithmetic"/>.</summary>
    /// <param name="model">The network; its gradients are forgotten.</param>
    /// <param name="loss">The loss of a batch, computed by <paramref name="model"/>. Draw nothing at random in it, such as dropout.</param>
    /// <param name="arithmetic">The numbers to look at.</param>
    /// <exception cref="InvalidOperationException">No parameter has a gradient.</exception>
    public static double RelativeError(Module model, Func<Tensor> loss, Arithmetic arithmetic)
    {
        float[][] reference = Gradients(model, loss, Arithmetic.Float32), noisy = Gradients(model, loss, arithmetic);
        double error = 0, norm = 0;
        for (int p = 0; p < reference.Length; p++)
            for (int i = 0; i < reference[p].Length; i++)
            {
                double g = reference[p][i], d = noisy[p][i] - g;
                (error, norm) = (error + d * d, norm + g * g);
            }
        return norm > 0 ? error / norm : throw new InvalidOperationException("All gradients are zero: there is nothing to compare with.");
    }

    private static float[][] Gradients(Module model, Func<Tensor> loss, Arithmetic arithmetic)
    {
        model.ZeroGrad();
        using (Arithmetic.Use(arithmetic)) loss().Backward();
        float[][] gradients = [.. model.Parameters().Select(p => p.Grad?.ToArray<float>() ?? [])];
        model.ZeroGrad();
        return gradients;
    }
}
