using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>Chooses the memory order of each value of three or four dimensions and inserts the steps that change it.</summary>
/// <remarks>
/// Convolutions want channels-last. A step that has a channels-last form takes it when one of its inputs is channels-last already.
/// All others, and the plan's inputs and outputs, are logical. Where C = 1 or H·W = 1 both orders are the same bytes and nothing is inserted;
/// constants are turned at once.
/// </remarks>
internal sealed class LayoutPass(List<PlanValue> values, List<byte[]> constants)
{
    private readonly List<PlanStep> _steps = [];
    private readonly Dictionary<int, int> _twins = [];      // value → the same value in the other order
    private readonly Dictionary<(int Value, int Rank), int> _turned = [];    // constant, seen with so many dimensions → the same channels-last
    private readonly HashSet<int> _channelsLast = [];
    private HashSet<int> _wanted = [];                      // what steps read that want channels-last

    public List<PlanStep> Run(IReadOnlyList<PlanStep> nodes)
    {
        _wanted = [.. nodes.Where(n => n.Step.Layout == StepLayout.ChannelsLast).SelectMany(n => n.Inputs).Select(a => a.Value)];
        foreach (PlanStep node in nodes) Place(node);
        return _steps;
    }

    private void Place(PlanStep node)
    {
        bool offered = node.Inputs.Any(a => ChannelsLast.Has(a.Dims.Length) && (_channelsLast.Contains(a.Value) || _twins.ContainsKey(a.Value)));
        Moved? moved = node.Step.Layout == StepLayout.ChannelsLast || offered ? Moved.Of(node, a => values[a.Value].Home == ValueHome.Constant) : null;
        moved ??= Moved.OfTranspose(node, offered, Wants(node.Outputs[0].Value));
        if (moved is null)
        {
            _steps.Add(node with { Inputs = [.. node.Inputs.Select(a => Take(node.Name, a, last: false))] });
            return;
        }
        PlanArgument[] inputs = [.. node.Inputs.Select(a => Take(node.Name, moved.Seen(a), moved.ReadsLast))];
        _steps.Add(new(node.Name, moved.Step, inputs, [.. node.Outputs.Select(o => moved.WritesLast(o) ? Give(o) : o)]));
        foreach (PlanArgument output in node.Outputs)
            if (_twins.TryGetValue(output.Value, out int twin)) AddConversion(node.Name, twin, output.Value, output.Dims, toChannelsLast: false);
    }

    private bool Wants(int value) => _wanted.Contains(value) && values[value].Home == ValueHome.Arena;

    // An output written channels-last. The caller's memory is always logical: there the step writes a twin, converted at once.
    private PlanArgument Give(PlanArgument output)
    {
        int[] dims = ChannelsLast.Of(output.Dims);
        if (values[output.Value].Home == ValueHome.Output && !ChannelsLast.SameBytes(output.Dims)) return new(NewTwin(output.Value), dims, StepLayout.ChannelsLast);
        _channelsLast.Add(output.Value);
        return new(output.Value, dims, StepLayout.ChannelsLast);
    }

    private PlanArgument Take(string node, PlanArgument input, bool last)
    {
        if (!ChannelsLast.Has(input.Dims.Length)) return input;
        PlanArgument seen = last ? new(input.Value, ChannelsLast.Of(input.Dims), StepLayout.ChannelsLast) : input;
        if (ChannelsLast.SameBytes(input.Dims) || _channelsLast.Contains(input.Value) == last) return seen;
        if (values[input.Value].Home == ValueHome.Constant) return seen with { Value = Turned(input) };
        if (_twins.TryGetValue(input.Value, out int twin)) return seen with { Value = twin };
        twin = NewTwin(input.Value);
        AddConversion(node, input.Value, twin, input.Dims, last);
        return seen with { Value = twin };
    }

    private void AddConversion(string node, int from, int to, int[] logical, bool toChannelsLast)
    {
        PlanArgument first = new(toChannelsLast ? from : to, logical), last = new(toChannelsLast ? to : from, ChannelsLast.Of(logical), StepLayout.ChannelsLast);
        Step step = values[from].Type == DType.Float32 ? new LayoutStep(toChannelsLast) : new IntLayout(toChannelsLast);
        _steps.Add(new(node + "/layout", step, [toChannelsLast ? first : last], [toChannelsLast ? last : first]));
    }

    private int NewTwin(int value)
    {
        values.Add(values[value] with { Name = values[value].Name + "/layout", Home = ValueHome.Arena, Slot = 0 });
        _twins[value] = values.Count - 1;
        return values.Count - 1;
    }

    // Constants are given in logical order, so only readers that want channels-last come here.
    private int Turned(PlanArgument constant)
    {
        if (_turned.TryGetValue((constant.Value, constant.Dims.Length), out int known)) return known;
        PlanValue value = values[constant.Value];
        constants.Add(ChannelsLast.Of(constants[value.Slot], constant.Dims, value.Type.Size()));
        values.Add(value with { Name = value.Name + "/layout", Slot = constants.Count - 1 });
        return _turned[(constant.Value, constant.Dims.Length)] = values.Count - 1;
    }
}
