using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Whole networks in integer arithmetic.</summary>
public class IntegerTrainingTests
{
    [Fact]
    public void A_small_network_learns_as_in_float32()
    {
        double plain = LossAfter(Arithmetic.Float32), integer = LossAfter(Arithmetic.Integer(8, seed: 3));
        Assert.InRange(plain, 0, 0.2);
        Assert.InRange(integer, 0, 0.3);
    }

    // 32 × 16 images of 16 × 16 pixels: what two blocks keep for the backward pass, input and parameters aside.
    [Fact]
    public void The_tape_keeps_less_than_a_third_of_the_bytes_of_float32()
    {
        Rng rng = new(2);
        Sequential model = new(new ConvBatchNorm(16, 16, 3, 1, rng.Split("stem")), new Dyadic.Nn.Relu(), new BasicBlock(16, 16, 1, rng.Split("a")), new BasicBlock(16, 32, 2, rng.Split("b")));
        Tensor x = Tensor.Normal(Shape.Of(32, 16, 16, 16), rng);
        x.RequiresGrad = true;
        double plain = Kept(Arithmetic.Float32), integer = Kept(Arithmetic.Integer(8));
        Assert.InRange(integer / plain, 0.2, 0.3);

        double Kept(Arithmetic arithmetic)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            HashSet<object> seen = new(model.Parameters().Concat([x]).Select(t => t.Memory), ReferenceEqualityComparer.Instance);
            return Held(model.Forward(x).Node, seen, new(ReferenceEqualityComparer.Instance));
        }

        static long Held(TapeNode? node, HashSet<object> seen, HashSet<object> nodes)
        {
            if (node is null || !nodes.Add(node)) return 0;
            long bytes = 0;
            foreach (Tensor tensor in node.Inputs.Concat(node.Read).Concat(node.Outputs))
                if (seen.Add(tensor.Memory)) bytes += tensor.HeldBytes;
            return bytes + node.Inputs.Sum(i => Held(i.Node, seen, nodes));
        }
    }

    [Fact]
    public void A_residual_block_stays_on_codes_both_ways()
    {
        Rng rng = new(5);
        BasicBlock block = new(8, 16, 2, rng.Split("block"));
        Tensor x = Tensor.Normal(Shape.Of(4, 8, 8, 8), rng);
        x.RequiresGrad = true;
        using IDisposable scope = Arithmetic.Use(Arithmetic.Integer(8));
        Tensor y = block.Forward(x);
        Queue<Tensor> reached = new([y]);
        while (reached.TryDequeue(out Tensor? t))
            if (t.Node is { } node)
            {
                Assert.NotNull(t.FixedPoint);
                Assert.True(node.Backward is IntegerArithmetic, node.Op.Name);
                foreach (Tensor input in node.Inputs) reached.Enqueue(input);
            }
        y.Backward(Tensor.Uniform(y.Shape, rng, -1, 1));
        Assert.Equal(8, x.Grad!.FixedPoint!.Bits);
        foreach (Tensor parameter in block.Parameters()) Assert.True(parameter.Grad!.FixedPoint!.Bits > 16);      // sums, exact
    }

    private static double LossAfter(Arithmetic arithmetic)
    {
        Rng rng = new(1);
        Sequential model = new(new Linear(2, 32, rng.Split("a")), new Dyadic.Nn.Relu(), new Linear(32, 2, rng.Split("b")));
        Sgd sgd = new(model.NamedParameters(), 0.2, 0.9);
        Tensor x = Tensor.Normal(Shape.Of(256, 2), rng.Split("x"));
        float[] v = x.ToArray<float>();
        long[] labels = [.. Enumerable.Range(0, 256).Select(i => v[2 * i] * v[2 * i + 1] > 0 ? 1L : 0)];
        Tensor y = Tensor.Vector<long>(labels);
        double loss = 0;
        for (int step = 0; step < 150; step++)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            arithmetic.BeginStep(step);
            Tensor l = Losses.CrossEntropy(model.Forward(x), y);
            loss = l.Item<float>();
            model.ZeroGrad();
            l.Backward();
            sgd.Step();
        }
        return loss;
    }
}
