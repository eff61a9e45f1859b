using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>Chooses the memory order of each four-dimensional value and inserts the steps that change it.</summary>
/// <remarks>
/// Convolutions and pools want channels-last. A step that has a channels-last form takes it when one of its inputs is channels-last already.
/// All others, and the plan's inputs and outputs, are logical. Where C = 1 or H·W = 1 both orders are the same bytes and nothing is inserted.
/// </remarks>
internal sealed class LayoutPass(List<PlanValue> values)
{
    private readonly List<PlanStep> _steps = [];
    private readonly Dictionary<int, int> _twins = [];      // logical value → the same value in the other order
    private readonly HashSet<int> _channelsLast = [];

    public List<PlanStep> Run(IReadOnlyList<PlanStep> nodes)
    {
        foreach (PlanStep node in nodes) Place(node);
        return _steps;
    }

    private void Place(PlanStep node)
    {
        bool wanted = node.Step is IntStep { Layout: StepLayout.ChannelsLast };
        bool offered = node.Inputs.Any(a => a.Dims.Length == 4 && (_channelsLast.Contains(a.Value) || _twins.ContainsKey(a.Value)));
        int rank = node.Inputs[0].Dims.Length;
        if ((wanted || offered) && node.Step is IntStep step && step.InChannelsLast(rank) is { } moved && AllFour(node))
        {
            PlanArgument[] inputs = [.. node.Inputs.Select(a => Take(node.Name, a, StepLayout.ChannelsLast))];
            _steps.Add(new(node.Name, moved, inputs, [.. node.Outputs.Select(Give)]));
            foreach (PlanArgument output in node.Outputs)
                if (_twins.TryGetValue(output.Value, out int twin)) AddConversion(node.Name, twin, output.Value, output.Dims, toChannelsLast: false);
            return;
        }
        _steps.Add(node with { Inputs = [.. node.Inputs.Select(a => Take(node.Name, a, StepLayout.Logical))] });
    }

    private static bool AllFour(PlanStep node) => node.Inputs.All(a => a.Dims.Length == 4) && node.Outputs.All(a => a.Dims.Length == 4);

    // An output written channels-last. The caller's memory is always logical: there the step writes a twin, converted at once.
    private PlanArgument Give(PlanArgument output)
    {
        int[] dims = ChannelsLast.Of(output.Dims);
        if (values[output.Value].Home == ValueHome.Output && !SameBytes(output.Dims))
        {
            return new(NewTwin(output.Value), dims);
        }
        _channelsLast.Add(output.Value);
        return new(output.Value, dims);
    }

    private PlanArgument Take(string node, PlanArgument input, StepLayout layout)
    {
        if (input.Dims.Length != 4) return input;
        bool last = layout == StepLayout.ChannelsLast;
        int[] dims = last ? ChannelsLast.Of(input.Dims) : input.Dims;
        if (SameBytes(input.Dims) || _channelsLast.Contains(input.Value) == last) return new(input.Value, dims);
        if (!_twins.TryGetValue(input.Value, out int twin))
        {
            twin = NewTwin(input.Value);
            AddConversion(node, input.Value, twin, input.Dims, last);
        }
        return new(twin, dims);
    }

    private void AddConversion(string node, int from, int to, int[] logical, bool toChannelsLast)
    {
        int[] last = ChannelsLast.Of(logical);
        Step step = new IntLayout(toChannelsLast);
        _steps.Add(new(node + "/layout", step, [new(from, toChannelsLast ? logical : last)], [new(to, toChannelsLast ? last : logical)]));
    }

    private int NewTwin(int value)
    {
        values.Add(values[value] with { Name = values[value].Name + "/layout", Home = ValueHome.Arena, Slot = 0 });
        _twins[value] = values.Count - 1;
        return values.Count - 1;
    }

    private static bool SameBytes(int[] dims) => dims[1] == 1 || (long)dims[2] * dims[3] == 1;
}
