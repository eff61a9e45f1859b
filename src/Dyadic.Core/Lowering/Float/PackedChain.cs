using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>A convolution or product with constant weights, and what scales and shifts its channels: w′ = w·s, b′ = b·s + t; equation (14).</summary>
/// <remarks>A batch normalisation with constant statistics that follows no such op is itself a depthwise convolution with one tap.</remarks>
internal sealed class PackedChain
{
    private const int MostAffines = 16;             // a chain of any length costs a bounded search
    private readonly BoundGraph _bound;
    private readonly Node _core;
    private readonly List<ChannelAffine> _affines = [];      // innermost first

    private PackedChain(BoundGraph bound, Node core)
    {
        (_bound, _core) = (bound, core);
        Nodes.Add(core);
    }

    /// <summary>What it reads.</summary>
    public Value Input => _core.Inputs[0];

    /// <summary>Its nodes, in order.</summary>
    public List<Node> Nodes { get; } = [];

    /// <summary>The chain that ends in <paramref name="node"/>, or null where there is none.</summary>
    public static PackedChain? Of(BoundGraph bound, Node node) => Of(bound, node, MostAffines);

    private static PackedChain? Of(BoundGraph bound, Node node, int most)
    {
        if (IsCore(bound, node)) return new(bound, node);
        if (most == 0 || ChannelAffine.InputOf(bound, node) is not { } input) return null;
        if (bound.SoleProducer(input) is { } before && Of(bound, before, most - 1) is { } chain && ChannelAffine.Of(bound, node, input, chain.ChannelAxis) is { } affine)
        {
            chain._affines.Add(affine);
            chain.Nodes.Add(node);
            return chain;
        }
        return node.Op is BatchNormalization && bound.TypeOf(node.Output).Shape.Rank is 3 or 4 ? Alone(bound, node, input) : null;
    }

    private static PackedChain? Alone(BoundGraph bound, Node node, Value input)
    {
        if (ChannelAffine.Of(bound, node, input, channelAxis: 1) is not { } affine) return null;
        PackedChain chain = new(bound, node);
        chain._affines.Add(affine);
        return chain;
    }

    /// <summary>The step.</summary>
    public Step Build(Clamp clamp, bool residual) => _core.Op switch
    {
        Conv conv => Convolution(conv, clamp, residual),
        MatMul => Product(clamp, residual),
        ConvTranspose => Upwards(clamp),
        _ => Pixelwise(clamp, residual),
    };

    /// <summary>True where the step can add a value.</summary>
    public bool TakesResidual => _core.Op is not ConvTranspose;

    private int ChannelAxis => _core.Op is MatMul ? _bound.TypeOf(_core.Output).Shape.Rank - 1 : 1;

    private static bool IsCore(BoundGraph bound, Node node) => node.Op switch
    {
        Conv => node.Inputs.Skip(1).All(bound.Fixed.Contains) && !bound.Fixed.Contains(node.Inputs[0]),
        ConvTranspose up => node.Inputs.Skip(1).All(bound.Fixed.Contains) && !bound.Fixed.Contains(node.Inputs[0]) && IsSideBySide(up, bound.TypeOf(node.Inputs[1]).Shape),
        MatMul => bound.Fixed.Contains(node.Inputs[1]) && bound.TypeOf(node.Inputs[1]).Shape.Rank == 2 && !bound.Fixed.Contains(node.Inputs[0]),
        _ => false,
    };

    // Windows of a transposed convolution that neither meet nor leave gaps, and of which nothing is cut off.
    private static bool IsSideBySide(ConvTranspose up, Shape w)
    {
        Window t = SlidingWindows.Lift(SlidingWindows.Spatial(w).Span, up.Strides, up.Pads, up.Dilations);
        return up.Groups == 1 && up.OutputPadding.All(p => p == 0) && t == new Window(t.KernelH, t.KernelW, t.KernelH, t.KernelW);
    }

    private PackedUpConvStep Upwards(Clamp clamp)
    {
        Tensor w = WeightsOf(_core);
        float[] bias = BiasOf(w.Shape[1]);
        Tensor weights = ScaledWeights.Of(w, Affine(bias), axis: 1);
        (int high, int wide) = w.Rank == 4 ? (w.Shape[2].Size, w.Shape[3].Size) : (1, w.Shape[2].Size);
        return new(weights.AsMemory<float>().Span, bias, high, wide, clamp);
    }

    private float[] BiasOf(int outs) => _core.Inputs.Count > 2 ? _bound.Fixed.DataOf(_core.Inputs[2]).ToArray<float>() : new float[outs];

    private PackedConvStep Convolution(Conv conv, Clamp clamp, bool residual)
    {
        Tensor w = WeightsOf(_core);
        int outs = w.Shape[0];
        float[] bias = BiasOf(outs);
        Tensor weights = ScaledWeights.Of(w, Affine(bias), axis: 0);
        Window window = SlidingWindows.Lift(SlidingWindows.Spatial(w.Shape).Span, conv.Strides, conv.Pads, conv.Dilations);
        return new(weights.AsMemory<float>(), bias, outs, conv.Groups, window, clamp, residual);
    }

    private PackedLinearStep Product(Clamp clamp, bool residual)
    {
        Tensor w = WeightsOf(_core);
        float[] bias = new float[w.Shape[1]];
        Tensor weights = ScaledWeights.Of(w, Affine(bias), axis: 1);
        return new(weights.AsMemory<float>(), bias, bias.Length, clamp, residual);
    }

    // y[c] = x[c]·s[c] + t[c]
    private PackedConvStep Pixelwise(Clamp clamp, bool residual)
    {
        int channels = _bound.TypeOf(_core.Output).Shape[1];
        float[] bias = new float[channels], weights = Array.ConvertAll(Affine(bias), s => (float)s);
        return new(weights, bias, channels, channels, new(1, 1), clamp, residual);
    }

    // Weights that are being trained change later, but a plan does not.
    private Tensor WeightsOf(Node node)
    {
        Tensor weights = _bound.Fixed.DataOf(node.Inputs[1]).ToContiguous();
        return weights.RequiresGrad ? weights.Clone() : weights;
    }

    // The scale of each channel; shifts go to the bias. In float64, rounded once.
    private double[] Affine(float[] bias)
    {
        double[] scales = new double[bias.Length];
        for (int m = 0; m < bias.Length; m++)
        {
            double s = 1, b = bias[m];
            foreach (ChannelAffine affine in _affines) (s, b) = (s * affine.ScaleOf(m), b * affine.ScaleOf(m) + affine.ShiftOf(m));
            (scales[m], bias[m]) = (s, (float)b);
        }
        return scales;
    }
}
