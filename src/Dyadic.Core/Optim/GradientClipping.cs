using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Optim;

/// <summary>Limits gradients in place before a step.</summary>
public static class GradientClipping
{
    /// <summary>Scales all gradients so that their common 2-norm is at most <paramref name="maxNorm"/>; returns the norm before.</summary>
    /// <remarks>Pascanu et al. 2013, Algorithm 1. The sum is taken in float64, in the order of the parameters.</remarks>
    /// <exception cref="ArithmeticException">The norm is not finite: the loss has diverged.</exception>
    public static double ByNorm(IEnumerable<Tensor> parameters, double maxNorm)
    {
        Tensor[] gradients = [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
        double sum = 0;
        foreach (Tensor gradient in gradients) sum += Primitives.SumOfSquares<float>(gradient.ToArray<float>());
        double norm = Math.Sqrt(sum);
        if (!double.IsFinite(norm)) throw new ArithmeticException($"The norm of the gradients is {norm}: training has diverged. Lower the learning rate.");
        if (norm <= maxNorm) return norm;
        foreach (Tensor gradient in gradients) Scale(gradient, (float)(maxNorm / (norm + 1e-6)));
        return norm;
    }

    /// <summary>Clamps every element of every gradient to [−limit, limit].</summary>
    public static void ByValue(IEnumerable<Tensor> parameters, float limit)
    {
        foreach (Tensor gradient in parameters.Select(p => p.Grad).OfType<Tensor>())
        {
            Span<float> g = gradient.Span<float>();
            Primitives.Clamp(g, -limit, limit, g);
            GC.KeepAlive(gradient);
        }
    }

    private static void Scale(Tensor gradient, float factor)
    {
        Span<float> g = gradient.Span<float>();
        Primitives.Multiply(g, factor, g);
        GC.KeepAlive(gradient);
    }
}
