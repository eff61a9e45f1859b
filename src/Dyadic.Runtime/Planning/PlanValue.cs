using Dyadic.Numerics;
using Dyadic.Runtime.Steps;

namespace Dyadic.Runtime;

/// <summary>Where the memory of a value is.</summary>
public enum ValueHome
{
    /// <summary>In the arena of the session, at the planned offset.</summary>
    Arena,

    /// <summary>The caller's input.</summary>
    Input,

    /// <summary>The caller's output.</summary>
    Output,

    /// <summary>In the plan.</summary>
    Constant,
}

/// <summary>One tensor of a plan.</summary>
/// <param name="Name">As in the graph.</param>
/// <param name="Type">The element type.</param>
/// <param name="Dims">Dimensions at batch 1, logical order; in a batched plan the first one is multiplied by the batch, constants excepted.</param>
/// <param name="Home">Where its memory is.</param>
/// <param name="Slot">The number of the input, output or constant; 0 in the arena.</param>
/// <param name="Note">Free text for listings, such as scale and zero point.</param>
public sealed record PlanValue(string Name, DType Type, int[] Dims, ValueHome Home, int Slot, string Note = "")
{
    /// <summary>The bytes of one sample; of everything where the plan is not batched.</summary>
    public long Bytes => Length * Type.Size();

    /// <summary>The elements of one sample.</summary>
    public long Length
    {
        get
        {
            long n = 1;
            foreach (int d in Dims) n = checked(n * d);
            return n;
        }
    }
}

/// <summary>A step bound to the values it reads and writes.</summary>
/// <param name="Name">The node of the graph.</param>
/// <param name="Step">What runs.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">What it writes.</param>
public sealed record PlanStep(string Name, Step Step, PlanArgument[] Inputs, PlanArgument[] Outputs);

/// <summary>A value as one step sees it.</summary>
/// <param name="Value">The index of the value in the plan.</param>
/// <param name="Dims">Its dimensions at batch 1, in the memory order that the step expects.</param>
/// <param name="Layout">That order.</param>
public readonly record struct PlanArgument(int Value, int[] Dims, StepLayout Layout = StepLayout.Logical)
{
    /// <summary>The dimensions, and nhwc or nwc where they are channels-last: [1,56,56,64]nhwc.</summary>
    public override string ToString() => $"[{string.Join(',', Dims)}]{(Layout == StepLayout.Logical ? "" : Dims.Length == 3 ? "nwc" : "nhwc")}";
}
