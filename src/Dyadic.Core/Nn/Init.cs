namespace Dyadic.Nn;

/// <summary>Initial values of parameters. Weights are [out, in, …]; fan-in is the product of all but the first dimension.</summary>
public static class Init
{
    /// <summary>Uniform in ±√(6/((1 + a²)·fan-in)).</summary>
    /// <remarks>He et al. 2015, eq. (10)–(15); a is the negative slope of the following leaky ReLU. a = √5 gives ±1/√fan-in.</remarks>
    public static Tensor KaimingUniform(Shape shape, Rng rng, double a = 0)
    {
        float bound = (float)Math.Sqrt(6 / ((1 + (a * a)) * FanIn(shape)));
        return Tensor.Uniform(shape, rng, -bound, bound);
    }

    /// <summary>Normal with variance 2/fan, fan = fan-in, or fan-out (first dimension times receptive field) if asked.</summary>
    /// <remarks>He et al. 2015, eq. (10), (14).</remarks>
    public static Tensor KaimingNormal(Shape shape, Rng rng, bool fanOut = false)
    {
        double fan = fanOut ? (double)shape[0].Size * FanIn(shape) / shape[1].Size : FanIn(shape);
        return Tensor.Normal(shape, rng, 0, (float)Math.Sqrt(2 / fan));
    }

    /// <summary>Uniform in ±√(6/(fan-in + fan-out)).</summary>
    /// <remarks>Glorot and Bengio 2010, eq. (16).</remarks>
    public static Tensor XavierUniform(Shape shape, Rng rng)
    {
        double fanOut = (double)shape[0].Size * FanIn(shape) / shape[1].Size;
        float bound = (float)Math.Sqrt(6 / (FanIn(shape) + fanOut));
        return Tensor.Uniform(shape, rng, -bound, bound);
    }

    private static double FanIn(Shape shape)
    {
        Ensure.Shape(shape.Rank >= 2, $"Init: a weight has at least two dimensions, this one is {shape}.");
        return (double)shape.Length / shape[0].Size;
    }
}
