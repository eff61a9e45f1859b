using Dyadic.Cli.Verification;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Tests.Verification;

public class IntegerProofTests
{
    // Weights that are known only when it runs are packed, and kernels for their shape found, in the run: no plan that is quantised here holds one.
    private static readonly Type[] Unproven = [typeof(IntMatMul), typeof(IntConvSums)];

    // Each kind, so that one which no example network happens to use is read too.
    [Fact]
    public void No_integer_step_can_reach_a_floating_point_instruction()
    {
        Type[] steps = [.. typeof(IntStep).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(IntStep)) && !t.IsAbstract && !Unproven.Contains(t))];
        Assert.Contains(typeof(IntSoftmax), steps);
        foreach (Type step in steps)
        {
            IntegerProofResult proof = IntegerProof.Of(step.GetMethod(nameof(Step.Run))!);
            Assert.True(proof.Violations.Count == 0, $"{step.Name}: {string.Join("; ", proof.Violations)}");
            Assert.NotEmpty(proof.Methods);
        }
    }

    [Fact]
    public void A_floating_point_step_is_found() => Assert.NotEmpty(IntegerProof.Of(typeof(SoftmaxStep).GetMethod(nameof(Step.Run))!).Violations);
}
