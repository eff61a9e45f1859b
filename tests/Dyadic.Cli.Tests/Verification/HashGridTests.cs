using Dyadic.Cli.Verification;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Tests.Verification;

public sealed class HashGridTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 70).Select(i => (byte)i)];

    [Fact]
    public void A_right_step_has_one_hash()
    {
        HashGrid grid = Grid(new IntReshape());
        Assert.Equal(3 * 4 * ExecutionMode.Rungs.Count, grid.Cells.Count);
        Assert.True(grid.Equal && grid.EqualPerRung);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Data)), grid.Reference);
    }

    [Fact]
    public void A_step_that_depends_on_the_width_is_found()
    {
        HashGrid grid = Grid(new WidthDependent());
        Assert.False(grid.Equal);
        Assert.True(grid.EqualPerRung);
    }

    [Fact]
    public void A_step_that_depends_on_the_batch_is_found()
    {
        HashGrid grid = Grid(new BatchDependent());
        Assert.False(grid.Equal || grid.EqualPerRung);
    }

    private static HashGrid Grid(IntStep step)
    {
        PlanBuilder builder = new(batched: true);
        int x = builder.Input("x", DType.UInt8, [1, 1]);
        builder.Output("y", builder.Add("step", step, [x], (DType.UInt8, [1, 1]))[0]);
        return HashGrid.Of(builder.Build(), new(["x"], [Tensor.From<byte>(Data, Shape.Of(70, 1))], null, []), 2, _ => { }, default);
    }

    private abstract class Copy : IntStep
    {
        public override string Kernel => "copy";

        public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => inputs[0].Span<byte>().CopyTo(outputs[0].Span<byte>());
    }

    private sealed class WidthDependent : Copy
    {
        public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
        {
            RunReference(inputs, outputs);
            if (mode.Width == SimdWidth.V256) outputs[0].Span<byte>().Fill(9);
        }
    }

    private sealed class BatchDependent : Copy
    {
        public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
        {
            RunReference(inputs, outputs);
            if (inputs[0].Length > 7) outputs[0].Span<byte>()[0] ^= 1;
        }
    }
}
