using System.Globalization;
using System.Text;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>A network ready to run: typed steps in order, constants, and an offset for every value. Immutable; share it between sessions and threads.</summary>
public sealed class Plan
{
    private readonly NativeMemoryBlock[] _constants;
    private readonly MemoryPlan _memory;
    private readonly int[] _inputs, _outputs;
    private readonly string[] _outputNames;

    internal Plan(
        bool batched, PlanValue[] values, PlanStep[] nodes, PlanStep[] steps, MemoryPlan memory, int[] inputs, int[] outputs, string[] outputNames,
        List<byte[]> constants, double operations)
    {
        Operations = operations;
        (Batched, Values, Nodes, Steps, _memory, _inputs, _outputs, _outputNames) = (batched, values, nodes, steps, memory, inputs, outputs, outputNames);
        _constants = [.. constants.Select(Copy)];
        ConstantBytes = constants.Sum(c => (long)c.Length);
        IsInteger = nodes.All(n => n.Step is IntStep);
    }

    /// <summary>True when the first dimension of every value is a multiple of the batch, which each call chooses.</summary>
    public bool Batched { get; }

    /// <summary>Every tensor, those that the layout pass added included.</summary>
    public IReadOnlyList<PlanValue> Values { get; }

    /// <summary>The steps as they were added, in logical memory order: what the reference interpreter runs.</summary>
    public IReadOnlyList<PlanStep> Nodes { get; }

    /// <summary>The steps that a session runs: the nodes in the memory orders chosen for them, and conversions between these.</summary>
    public IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>The inputs, in the order of their slots.</summary>
    public IReadOnlyList<PlanValue> Inputs => [.. _inputs.Select(i => Values[i])];

    /// <summary>The outputs under the names that callers know, in the order of their slots.</summary>
    public IReadOnlyList<PlanValue> Outputs => [.. _outputs.Select((v, i) => Values[v] with { Name = _outputNames[i] })];

    /// <summary>True when every step is an integer step.</summary>
    public bool IsInteger { get; }

    /// <summary>Multiply-adds for one sample, or of the whole where the plan is not batched.</summary>
    public double Operations { get; }

    /// <summary>Bytes of the arena for one sample, values overlaid by lifetime.</summary>
    public long ArenaBytes => _memory.ArenaBytes;

    /// <summary>Bytes that the same values would take without overlay.</summary>
    public long SumBytes => _memory.SumBytes;

    /// <summary>Bytes of the constants that are values; weights inside of steps not counted.</summary>
    public long ConstantBytes { get; }

    /// <summary>Bytes of the constants and of the weights inside of steps, as they came and as sessions made so far have packed them.</summary>
    public long WeightBytes => ConstantBytes + Steps.Select(s => s.Step).Distinct().Sum(s => s.WeightBytes);

    /// <summary>The offset of a value in the arena of one sample, or −1 where its memory is elsewhere.</summary>
    public long Offset(int value) => _memory.Offsets[value];

    internal unsafe byte* Constant(int slot) => _constants[slot].Pointer;

    /// <summary>The plan as a table: step, kernel and what is fused into it, shapes with their memory order, types, offset and bytes of each output, and the peak of the arena.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"#",4}  {"kernel",-22} {"node",-24} {"in",-34} {"out",-20} {"offset",9} {"bytes",9}");
        for (int s = 0; s < Steps.Count; s++) AppendStep(text, s);
        string batch = Batched ? " a sample" : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"arena {ArenaBytes} bytes{batch} (without overlay {SumBytes}), constants {ConstantBytes} bytes, {Steps.Count} steps");
        return text.ToString();
    }

    private void AppendStep(StringBuilder text, int s)
    {
        PlanStep step = Steps[s];
        string inputs = string.Join(' ', step.Inputs.Select(Show));
        foreach (PlanArgument o in step.Outputs)
        {
            PlanValue v = Values[o.Value];
            string where = v.Home == ValueHome.Arena ? Offset(o.Value).ToString(CultureInfo.InvariantCulture) : "output";
            string line = string.Create(CultureInfo.InvariantCulture, $"{s,4}  {step.Step.Kernel,-22} {step.Name,-24} {inputs,-34} {Show(o),-20} {where,9} {v.Bytes,9}  {step.Step.Details}");
            text.AppendLine(line.TrimEnd());
        }
    }

    private string Show(PlanArgument a) => $"{Values[a.Value].Type}{a}";

    private static unsafe NativeMemoryBlock Copy(byte[] bytes)
    {
        NativeMemoryBlock block = new(bytes.Length);
        bytes.CopyTo(new Span<byte>(block.Pointer, bytes.Length));
        return block;
    }
}
