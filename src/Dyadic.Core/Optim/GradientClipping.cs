using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Optim;

/// <summary>Limits gradients in place before a step.</summary>
public static class GradientClipping
{
    /// <summary>Scales all gradients by c/(n + 10⁻⁶) where their common 2-norm n exceeds c = <paramref name="maxNorm"/>; returns n.</summary>
    /// <remarks>Pascanu et al. 2013, Algorithm 1. The sum is taken in float64, in the order of the parameters.</remarks>
    /// <exception cref="ArithmeticException">The norm is not finite: the loss has diverged.</exception>
    public static double ByNorm(IEnumerable<Tensor> parameters, double maxNorm)
    {
        Ensure.Argument(maxNorm > 0, $"GradientClipping: the largest norm is {maxNorm}, it must be above 0.");
        Tensor[] gradients = Gradients(parameters);
        double norm = Math.Sqrt(gradients.Sum(SumOfSquares));
        if (!double.IsFinite(norm)) throw new ArithmeticException($"The norm of the gradients is {norm}: training has diverged. Lower the learning rate.");
        if (norm <= maxNorm) return norm;
        foreach (Tensor gradient in gradients) Scale(gradient, (float)(maxNorm / (norm + 1e-6)));
        return norm;
    }

    /// <summary>Clamps every element of every gradient to [−limit, limit].</summary>
    /// <exception cref="ArithmeticException">An element is not a number: the loss has diverged; nothing is changed.</exception>
    public static void ByValue(IEnumerable<Tensor> parameters, float limit)
    {
        Ensure.Argument(limit > 0, $"GradientClipping: the limit is {limit}, it must be above 0.");
        Tensor[] gradients = Gradients(parameters);
        if (gradients.Any(g => double.IsNaN(SumOfSquares(g)))) throw new ArithmeticException("A gradient is NaN: training has diverged. Lower the learning rate.");
        foreach (Tensor gradient in gradients)
        {
            Span<float> g = gradient.Span<float>();
            Primitives.Clamp(g, -limit, limit, g);
            GC.KeepAlive(gradient);
        }
    }

    // Contiguous floats, so that they can be changed in place: the codes of integer arithmetic do not change.
    private static Tensor[] Gradients(IEnumerable<Tensor> parameters)
    {
        List<Tensor> gradients = [];
        foreach (Tensor parameter in parameters)
        {
            if (parameter.Grad is null) continue;
            parameter.Grad = parameter.Grad.FixedPoint?.ToTensor() ?? parameter.Grad.ToContiguous();
            gradients.Add(parameter.Grad);
        }
        return [.. gradients];
    }

    // In float64, whose range holds the square of any float32.
    private static double SumOfSquares(Tensor gradient)
    {
        ReadOnlySpan<float> g = gradient.Span<float>();
        Span<double> wide = stackalloc double[512];
        double sum = 0;
        for (int i = 0; i < g.Length; i += wide.Length)
        {
            ReadOnlySpan<float> part = g[i..Math.Min(g.Length, i + wide.Length)];
            Primitives.ConvertTruncating(part, wide);
            sum += Primitives.SumOfSquares<double>(wide[..part.Length]);
        }
        GC.KeepAlive(gradient);
        return sum;
    }

    private static void Scale(Tensor gradient, float factor)
    {
        Span<float> g = gradient.Span<float>();
        Primitives.Multiply(g, factor, g);
        GC.KeepAlive(gradient);
    }
}
