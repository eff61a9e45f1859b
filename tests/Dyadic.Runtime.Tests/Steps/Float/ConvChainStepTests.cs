using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public class ConvChainStepTests
{
    private static readonly MapStep Swish = new([new(new UnaryStep(UnaryFunction.Sigmoid), MapOperand.Input, default), new(new BinaryStep(BinaryFunction.Multiply), MapOperand.Input, MapOperand.Result(0))], "swish");

    [Fact]
    public void Rows_made_a_few_at_a_time_have_the_bits_of_the_parts_one_by_one()
    {
        Rng rng = new(4);
        for (int n = 0; n < 300; n++)
        {
            bool isSeparable = rng.NextInt(3) > 0, hasResidual = rng.NextInt(2) == 0;
            int batch = 1 + rng.NextInt(2), channels = 1 + rng.NextInt(20), h = 1 + rng.NextInt(9), w = 1 + rng.NextInt(9), outs = 1 + rng.NextInt(20);
            if (isSeparable) channels++;
            Window window = new(1 + rng.NextInt(3), 1 + rng.NextInt(3), 1 + rng.NextInt(2), 1 + rng.NextInt(2), rng.NextInt(3), rng.NextInt(3), rng.NextInt(3), rng.NextInt(3), 1 + rng.NextInt(2), 1);
            if ((window.KernelH - 1) * window.DilationH + 1 > h + window.Top + window.Bottom || window.KernelW > w + window.Left + window.Right) continue;
            (int p, int q) = (window.OutputHeight(h), window.OutputWidth(w));
            PackedConvStep? depthwise = isSeparable ? new(Values(rng, channels * window.Taps), Values(rng, channels), channels, channels, window, new(-0.5f, 2)) : null;
            PackedConvStep main = isSeparable ? new(Values(rng, outs * channels), Values(rng, outs), outs, 1, new(1, 1), new(-1, 1.5f), hasResidual)
                : new(Values(rng, outs * channels * window.Taps), Values(rng, outs), outs, 1, window, new(-1, 1.5f), hasResidual);
            MapStep? then = rng.NextInt(2) == 0 ? Swish : null;
            float[] x = Values(rng, batch * h * w * channels), residual = Values(rng, batch * p * q * outs);
            ExecutionMode mode = new(SimdWidth.V256, 1 + rng.NextInt(3)) { Code = n % 2 == 0 ? InstructionSet.None : InstructionSets.Best };

            float[] between = isSeparable ? Run(depthwise!, x, [batch, h, w, channels], null, [batch, p, q, channels], mode) : x;
            float[] expected = Run(main, between, isSeparable ? [batch, p, q, channels] : [batch, h, w, channels], hasResidual ? residual : null, [batch, p, q, outs], mode);
            if (then is not null) expected = Run(then, expected, [batch, p, q, outs], null, [batch, p, q, outs], mode);
            ConvChainStep chain = new(depthwise, main, then, cachedBytes: 1 << rng.NextInt(14));
            Assert.Equal(expected, Run(chain, x, [batch, h, w, channels], hasResidual ? residual : null, [batch, p, q, outs], mode));
        }
    }

    [Fact]
    public void Parts_that_make_no_chain_are_refused()
    {
        PackedConvStep depthwise = new(new float[18], [], 2, 2, new(3, 3), Clamp.None), point = new(new float[4], [], 2, 1, new(1, 1), Clamp.None), wide = new(new float[36], [], 2, 1, new(3, 3), Clamp.None);
        Assert.Throws<PlanException>(() => new ConvChainStep(wide, point, null));
        Assert.Throws<PlanException>(() => new ConvChainStep(depthwise, wide, null));
        Assert.Equal("3×3 → 1×1 → swish", new ConvChainStep(depthwise, point, Swish).Details);
    }

    private static float[] Run(Step step, float[] x, int[] from, float[]? residual, int[] to, ExecutionMode mode) =>
        residual is null ? FloatStepCheck.Run(step, mode, to, (x, from)) : FloatStepCheck.Run(step, mode, to, (x, from), (residual, to));

    private static float[] Values(Rng rng, int length) => FloatStepCheck.Random(rng, [length]);
}
