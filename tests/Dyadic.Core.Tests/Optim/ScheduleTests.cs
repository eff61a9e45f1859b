using Dyadic.Optim;

namespace Dyadic.Core.Tests.Optim;

public sealed class ScheduleTests
{
    [Fact]
    public void Schedules_have_their_closed_forms()
    {
        Assert.Equal(0.3, new ConstantRate(0.3).At(1_000_000));
        Assert.Equal([8, 8, 4, 4, 2], Values(new StepDecay(8, 2, 0.5), 5));
        // cos 0 = 1, cos π/2 = 0, cos π = −1; then the minimum.
        double[] cosine = Values(new CosineDecay(9, 4, 1), 6);
        Assert.Equal([9, 5 + (4 * Math.Sqrt(0.5)), 5, 5 - (4 * Math.Sqrt(0.5)), 1, 1], cosine.Select(v => v), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(1, new CosineDecay(9, 0, 1).At(0));
    }

    [Fact]
    public void Warm_up_scales_the_schedule_that_follows()
    {
        Assert.Equal([2, 4, 3, 4, 2], Values(new WarmUp(4, new StepDecay(8, 2, 0.5)), 5));   // 8·¼, 8·½, 4·¾, 4·1, 2
        Assert.Equal(7, new WarmUp(0, new ConstantRate(7)).At(0));
    }

    private static double[] Values(Schedule schedule, int n) => [.. Enumerable.Range(0, n).Select(t => schedule.At(t))];
}
