using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Nn;

/// <summary>The distance of a student from its teacher.</summary>
public class DistillationTests
{
    [Fact]
    public void Equal_logits_are_no_distance_and_give_no_gradient()
    {
        Tensor logits = Tensor.From<float>([1, 2, 3, -1, 0, 5], Shape.Of(2, 3)), student = logits.Clone();
        student.RequiresGrad = true;
        Tensor loss = Losses.Distillation(student, logits + 7f, 3);      // a constant on all logits changes nothing
        Assert.Equal(0, loss.Item<float>(), 1e-6);
        loss.Backward();
        Assert.All(student.Grad!.ToArray<float>(), g => Assert.Equal(0, g, 1e-6));
    }

    // T = 2, teacher logits (2 ln 3, 0) → p = (¾, ¼); student (0, 0) → q = (½, ½): KL = ¾·ln 1.5 + ¼·ln ½, times 4. Gradient T·(q − p).
    [Fact]
    public void Two_classes_have_the_closed_form()
    {
        Tensor teacher = Tensor.From<double>([2 * Math.Log(3), 0], Shape.Of(1, 2)), student = Tensor.From<double>([0, 0], Shape.Of(1, 2));
        student.RequiresGrad = true;
        Tensor loss = Losses.Distillation(student, teacher, 2);
        Assert.Equal(4 * ((0.75 * Math.Log(1.5)) + (0.25 * Math.Log(0.5))), loss.Item<double>(), 12);
        loss.Backward();
        Assert.Equal([-0.5, 0.5], student.Grad!.ToArray<double>().Select(g => Math.Round(g, 12)));
    }

    [Fact]
    public void Logits_of_other_shapes_are_refused()
    {
        ShapeException e = Assert.Throws<ShapeException>(() => Losses.Distillation(Tensor.Zeros(Shape.Of(2, 3)), Tensor.Zeros(Shape.Of(2, 4))));
        Assert.Contains("teacher", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Losses.Distillation(Tensor.Zeros(Shape.Of(2, 3)), Tensor.Zeros(Shape.Of(2, 3)), 0));
    }
}
