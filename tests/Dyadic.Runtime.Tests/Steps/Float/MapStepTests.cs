using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public unsafe class MapStepTests
{
    private static readonly ExecutionMode One = new(ExecutionMode.BestWidth, 1);

    [Fact]
    public void A_list_equals_its_operations_one_after_the_other_bit_for_bit_also_in_place()
    {
        // y = (3 − exp(x))·x / exp(x): numbers on either side, earlier results, the input again.
        UnaryStep exp = new(UnaryFunction.Exp);
        BinaryStep minus = new(BinaryFunction.Subtract), times = new(BinaryFunction.Multiply), over = new(BinaryFunction.Divide);
        MapStep map = new(
        [
            new(exp, MapOperand.Input, default), new(minus, MapOperand.Number(3), MapOperand.Result(0)), new(times, MapOperand.Result(1), MapOperand.Input),
            new(over, MapOperand.Result(2), MapOperand.Result(0)),
        ], "f");
        foreach (int n in new[] { 1, 7, 511, 512, 513, 20_000 })
        {
            float[] x = FloatStepCheck.Random(new Rng(1), [n]), three = [3];
            float[] e = Run(exp, x), wanted = Run(over, Run(times, Run(minus, three, e), x), e);
            foreach (int threads in new[] { 1, 3 })
            {
                Assert.Equal(wanted, FloatStepCheck.Run(map, One with { Threads = threads }, [n], (x, [n])));
                float[] same = [.. x];
                fixed (float* p = same)
                {
                    TensorView view = new(DType.Float32, [n], (byte*)p);
                    map.Run([view], [view], One with { Threads = threads });
                }
                Assert.Equal(wanted, same);
            }

            float[] Run(Step step, params float[][] inputs) => FloatStepCheck.Run(step, One, [n], [.. inputs.Select(i => (i, new[] { i.Length }))]);
        }
    }

    [Fact]
    public void Every_function_may_run_in_place()
    {
        float[] x = [.. Enumerable.Range(0, 700).Select(i => 0.01f + i / 100f)];
        foreach (UnaryFunction function in Enum.GetValues<UnaryFunction>())
        {
            UnaryStep step = new(function, -1, 1);
            Assert.Equal(0, step.InPlaceInput);
            float[] wanted = FloatStepCheck.Run(step, One, [700], (x, [700])), same = [.. x];
            fixed (float* p = same)
            {
                TensorView view = new(DType.Float32, [700], (byte*)p);
                step.Run([view], [view], One);
            }
            Assert.Equal(wanted, same);
        }
    }

    [Fact]
    public void Lists_that_it_cannot_run_are_refused()
    {
        MapOperation relu = new(new UnaryStep(UnaryFunction.Relu), MapOperand.Input, default);
        Assert.Throws<PlanException>(() => new MapStep([], "none"));
        Assert.Throws<PlanException>(() => new MapStep([.. Enumerable.Repeat(relu, MapStep.MostOperations + 1)], "long"));
        Assert.Throws<PlanException>(() => new MapStep([relu with { Step = new GlobalAverageStep() }], "mean"));
    }
}
