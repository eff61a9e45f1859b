using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;
using Xunit;

namespace Dyadic.Testing;

/// <summary>Gradients against central differences, in float64.</summary>
public static class Gradients
{
    private const double Step = 1e-5, Limit = 2e-6;

    /// <summary>
    /// Checks the op's gradient (first order) and the gradient of that (second order). With L = Σ wᵢ·yᵢ for random w: dL/dx against
    /// (L(x + h) − L(x − h))/2h for every element, and H·v against (g(x + hv) − g(x − hv))/2h.
    /// </summary>
    public static void Check(OpCase c)
    {
        if (!c.Op.IsDifferentiable || c.Op.HasSurrogateGradient) return;
        Rng rng = new(7);
        Tensor[] inputs = c.Inputs(rng.Split("inputs"));
        Tensor[] weights = [.. Door.Run(c.Op, inputs).Select((y, i) => Noise(y.Shape, rng.Split($"weight/{i}")))];
        int[] floats = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i].Type == DType.Float64)];
        Tensor[] directions = [.. floats.Select(i => Noise(inputs[i].Shape, rng.Split($"direction/{i}")))];
        FirstOrder(c, inputs, weights, floats);
        SecondOrder(c, inputs, weights, floats, directions);
    }

    private static void FirstOrder(OpCase c, Tensor[] inputs, Tensor[] weights, int[] floats)
    {
        double[][] gradients = GradientsAt(c, inputs, weights, floats);
        for (int k = 0; k < floats.Length; k++)
        {
            double[] values = inputs[floats[k]].ToArray<double>(), numeric = new double[values.Length];
            for (int j = 0; j < values.Length; j++) numeric[j] = (Moved(floats[k], values, j, Step) - Moved(floats[k], values, j, -Step)) / (2 * Step);
            Compare($"{c}: gradient of input {floats[k]}", numeric, gradients[k]);
        }

        double Moved(int input, double[] values, int j, double by)
        {
            double[] moved = [.. values];
            moved[j] += by;
            Tensor[] changed = [.. inputs];
            changed[input] = Tensor.From(moved, inputs[input].Shape);
            return Loss(c, changed, weights).Item<double>();
        }
    }

    private static void SecondOrder(OpCase c, Tensor[] inputs, Tensor[] weights, int[] floats, Tensor[] directions)
    {
        Tensor[] leaves = Leaves(inputs, floats);
        Tensor[] parameters = [.. floats.Select(i => leaves[i])];
        Tensor[] analytic = Autograd.HessianVectorProduct(Loss(c, leaves, weights), parameters, directions);
        double[][] up = GradientsAt(c, Along(Step), weights, floats), down = GradientsAt(c, Along(-Step), weights, floats);
        for (int k = 0; k < floats.Length; k++)
        {
            double[] numeric = [.. up[k].Zip(down[k], (a, b) => (a - b) / (2 * Step))];
            Compare($"{c}: second order of input {floats[k]}", numeric, analytic[k].ToArray<double>());
        }

        Tensor[] Along(double step)
        {
            Tensor[] moved = [.. inputs];
            for (int k = 0; k < floats.Length; k++) moved[floats[k]] = inputs[floats[k]] + directions[k] * step;
            return moved;
        }
    }

    private static double[][] GradientsAt(OpCase c, Tensor[] inputs, Tensor[] weights, int[] floats)
    {
        Tensor[] leaves = Leaves(inputs, floats);
        Tensor[] parameters = [.. floats.Select(i => leaves[i])];
        Tensor?[] gradients = Autograd.Gradient([Loss(c, leaves, weights)], parameters);
        return [.. gradients.Select((g, k) => g?.ToArray<double>() ?? new double[parameters[k].Length])];
    }

    private static Tensor[] Leaves(Tensor[] inputs, int[] floats)
    {
        Tensor[] leaves = [.. inputs.Select(t => t.Detach())];
        foreach (int i in floats) leaves[i].RequiresGrad = true;
        return leaves;
    }

    // Outputs that are not floating-point (indices) have no part in the loss.
    private static Tensor Loss(OpCase c, Tensor[] inputs, Tensor[] weights)
    {
        Tensor[] outputs = Door.Run(c.Op, inputs);
        Tensor loss = Tensor.Scalar(0, DType.Float64);
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i].Type.IsFloat()) loss += (outputs[i] * weights[i]).ReduceSum();
        }
        return loss;
    }

    private static Tensor Noise(Shape shape, Rng rng)
    {
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++) values[i] = (2 * rng.NextDouble()) - 1;
        return Tensor.From(values, shape);
    }

    private static void Compare(string what, double[] numeric, double[] analytic)
    {
        Assert.Equal(numeric.Length, analytic.Length);
        for (int i = 0; i < numeric.Length; i++)
        {
            double distance = Tolerance.Distance(numeric[i], analytic[i]);
            Assert.True(distance <= Limit, $"{what}[{i}]: central difference {numeric[i]}, gradient {analytic[i]}.");
        }
    }
}
