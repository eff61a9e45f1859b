using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>A convolution or product with constant weights, seen as y[m] = Σₖ W[m, k]·x[k] + b[m]: k runs over what one output reads of its group.</summary>
/// <param name="Node">The Conv or MatMul.</param>
/// <param name="Sum">The Add that holds the bias of a MatMul, or null.</param>
/// <param name="Bias">The bias, or null.</param>
internal sealed record WeightLayer(Node Node, Node? Sum, Value? Bias)
{
    /// <summary>Weights as the graph has them: [M, C/g, (kH,) kW] of a Conv, [K, M] of a MatMul.</summary>
    public Tensor Weight => Node.Inputs[1].Constant!;

    /// <summary>The node that gives the output, bias included.</summary>
    public Node Last => Sum ?? Node;

    /// <summary>True for convolutions.</summary>
    public bool IsConv => Node.Op is Conv;

    /// <summary>The axis of output channels in <see cref="Weight"/>.</summary>
    public int Axis => IsConv ? 0 : 1;

    /// <summary>M.</summary>
    public int Channels => Weight.Shape[Axis];

    /// <summary>Groups of channels; 1 for a product.</summary>
    public int Groups => Node.Op is Conv conv ? conv.Groups : 1;

    /// <summary>K.</summary>
    public int Inner => Weight.Length / Math.Max(1, Channels);

    /// <summary>Channels of the input.</summary>
    public int InputChannels => IsConv ? Weight.Shape[1] * Groups : Weight.Shape[0];

    /// <summary>The layers of <paramref name="graph"/> that become integers, in its order.</summary>
    public static IReadOnlyList<WeightLayer> In(Graph graph, QuantizationScope scope)
    {
        List<WeightLayer> layers = [];
        foreach (Node node in graph.Nodes.Where(n => n.Op is Conv or MatMul && n.Inputs[1].IsConstant && scope.HasIntegerForm(n)))
        {
            if (node.Op is Conv) layers.Add(new(node, null, node.Inputs.Count > 2 ? node.Inputs[2] : null));
            else
            {
                Node? sum = graph.ConsumersOf(node.Output).FirstOrDefault(c => scope.ProductOf(c)?.Product == node);
                layers.Add(new(node, sum, sum is null ? null : scope.ProductOf(sum)!.Value.Bias));
            }
        }
        return layers;
    }

    /// <summary>W, row-major [M, K], of values in the order of <see cref="Weight"/>.</summary>
    public T[] Rows<T>(T[] values) => IsConv ? values : Turned(values, Inner, Channels);

    /// <summary>Values in the order of <see cref="Weight"/>, of W.</summary>
    public T[] Stored<T>(T[] rows) => IsConv ? rows : Turned(rows, Channels, Inner);

    /// <summary>The input channel that element <paramref name="index"/> of <see cref="Weight"/> multiplies.</summary>
    public int InputChannel(int index)
    {
        if (!IsConv) return index / Channels;
        int inGroup = Weight.Shape[1], taps = Inner / inGroup, group = index / Inner / (Channels / Groups);
        return group * inGroup + index / taps % inGroup;
    }

    // Rows and columns of a matrix in place of each other.
    private static T[] Turned<T>(T[] values, int rows, int columns)
    {
        var result = new T[values.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c];
        return result;
    }
}
