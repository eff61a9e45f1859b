using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>
/// b-bit integers with one power-of-two exponent a tensor. Ops that are <see cref="IIntegerOp"/> compute on codes and give codes; the others are float32
/// functions between an inverse and a linear map, and so are their gradients.
/// </summary>
/// <remarks>
/// Ghaffari et al. 2022; Tayaranian Hosseini et al. 2022. A tensor that enters as floats (input, weight) is rounded with bits of its own, and the gradient reads
/// those very integers. docs/decisions/0012-fixed-point-tensors.md.
/// </remarks>
internal sealed class IntegerArithmetic : Arithmetic
{
    private readonly RoundingStreams _streams;
    private readonly FloatBetweenMaps _functions;

    public IntegerArithmetic(IntegerFormat format, ulong seed)
    {
        (Format, _streams) = (format, new RoundingStreams(seed));
        _functions = new(this);
        Backward = new IntegerArithmetic(this);
    }

    private IntegerArithmetic(IntegerArithmetic forward)
    {
        (Format, _streams, _functions, IsBackward) = (forward.Format, forward._streams, forward._functions, true);
        Backward = this;
    }

    public IntegerFormat Format { get; }

    /// <summary>True where gradients are computed.</summary>
    public bool IsBackward { get; }

    public override string Name => Format.ToString();

    public override bool IsStochastic => Format.IsStochastic;

    internal override Arithmetic Backward { get; }

    internal override Arithmetic Loss => _functions;

    /// <summary>Bits of what an op gives: of activations, or of gradients.</summary>
    public int OutputBits => IsBackward ? Format.GradientBits : Format.ActivationBits;

    /// <summary>1 where the top bit is left unused.</summary>
    public int Headroom => Format.Headroom ? 1 : 0;

    /// <summary>The bits for one more rounding; null where it is to the nearest.</summary>
    public RoundingDraw? Draw() => Format.IsStochastic ? _streams.Next() : null;

    /// <summary>The rule and the bits of one more rounding.</summary>
    public (Rounding Rule, RoundingDraw Draw) NextRounding() => Draw() is { } draw ? (Rounding.Stochastic, draw) : (Rounding.HalfEven, default);

    public override void BeginStep(long step) => _streams.BeginStep(step);

    internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => Apply(op, inputs, in mode).Outputs;

    internal override Applied Apply(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        if (op is IIntegerOp rule && HasFloat32(inputs))
        {
            IntegerCall call = new(this, inputs.ToArray(), mode);
            if (rule.Run(call) is { } outputs) return new(outputs, op is IElementFunction ? _functions : Backward, call.Read);
        }
        Tensor[] floats = _functions.Run(op, inputs, in mode);
        if (op is IFunctionBetweenMaps && HasCodes(inputs)) floats[0] = new(FixedPointTensor.Map(floats[0], OutputBits, Draw(), Headroom, in mode));
        return new(floats, _functions);
    }

    private static bool HasFloat32(ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
            if (input.Type == DType.Float32) return true;
        return false;
    }

    internal static bool HasCodes(ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
            if (input.FixedPoint is not null) return true;
        return false;
    }
}
