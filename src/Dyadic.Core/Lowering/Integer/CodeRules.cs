using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Ops that take codes as they are: moving elements, arg-max, concatenation; equation (10) of docs/equations/lowering.md.</summary>
internal static class CodeRules
{
    /// <summary>A node that does not end in a quantisation.</summary>
    public static StepGroup? Match(QuantizedPatterns patterns, Node node)
    {
        if (node.Op is ArgMax arg) return Largest(patterns, node, arg);
        DType type = patterns.Bound.TypeOf(node.Outputs[0]).Type;
        if (node.Op is Cast && type == DType.Bool && (node.Inputs[0].Type.Type.IsInteger() || node.Inputs[0].Type.Type == DType.Bool))
        {
            IntNonZero test = new();
            return new([node.Inputs[0]], [new(test, type, patterns.Bound.DimsOf(node.Output))], test, []);
        }
        if (node.Outputs.Count != 1 || !type.IsInteger() || node.Inputs[0].Type.Type != type) return null;
        int[] from = patterns.Bound.DimsOf(node.Inputs[0]), to = patterns.Bound.DimsOf(node.Output);
        IntStep? step = node.Op switch
        {
            ReshapeOp or Identity => new IntReshape(),
            Transpose transpose => new IntTranspose(MovementOps.Order(transpose, from.Length)),
            Slice slice => Sliced(slice, from),
            Pad { Mode: PadMode.Constant } pad when type.Size() == 1 => new IntPad(pad.Pads.Span[..from.Length].ToArray(), (int)pad.Value),
            _ => null,
        };
        return step is null ? null : new([node.Inputs[0]], [new(step, type, to)], step, []);
    }

    /// <summary>Dequantize of each input → Concat (→ Relu, Clip) → Quantize.</summary>
    public static StepGroup? Concat(QuantizedPatterns patterns, QuantizedTail tail, Node node, Concat concat)
    {
        List<QuantizedInput> inputs = [];
        foreach (Value input in node.Inputs)
        {
            if (patterns.Codes(input) is not { } x) return patterns.Choice.Refuse(node, $"its input '{input.Name}' is not quantised to 8 bits");
            inputs.Add(x);
        }
        int[] to = patterns.Bound.DimsOf(node.Output);
        IntConcat step = new(
            concat.Axis < 0 ? concat.Axis + to.Length : concat.Axis, [.. inputs.Select(x => DyadicScale.Nearest(x.Scale / tail.Scale))],
            [.. inputs.Select(x => x.Format)], tail.Format);
        return new([.. inputs.Select(x => x.Codes)], [new(step, tail.Format.Type, to)], step, [.. inputs.Select(x => x.Dequantize).Distinct(), node, .. tail.Clamps]);
    }

    // Scales are positive: the greatest code is the greatest value.                                    (10)
    private static StepGroup? Largest(QuantizedPatterns patterns, Node node, ArgMax arg)
    {
        Value value = node.Inputs[0];
        QuantizedInput? x = patterns.Codes(value);
        Value codes = x?.Codes ?? value;
        if (codes.Type.Type is not (DType.Int8 or DType.UInt8)) return patterns.Choice.Refuse(node, $"its input '{value.Name}' is not quantised to 8 bits");
        int rank = codes.Shape.Rank;
        IntArgMax step = new(arg.Axis < 0 ? arg.Axis + rank : arg.Axis, x?.Format ?? IntFormat.Full(codes.Type.Type), arg.SelectLast);
        return new([codes], [new(step, DType.Int64, patterns.Bound.DimsOf(node.Output))], step, x is null ? [] : [x.Dequantize]);
    }

    private static IntSlice Sliced(Slice slice, int[] from)
    {
        int[] starts = new int[from.Length], steps = new int[from.Length];
        Array.Fill(steps, 1);
        foreach (SliceRange r in SliceRanges.Of(slice.Name, slice.Starts, slice.Ends, slice.Axes, slice.Steps, Shape.Of(from)))
            (starts[r.Axis], steps[r.Axis]) = (r.On(from[r.Axis]).First, r.Step);
        return new(starts, steps);
    }
}
