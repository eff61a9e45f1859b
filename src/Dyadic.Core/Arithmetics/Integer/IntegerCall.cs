using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>One application of an op in integer arithmetic: its inputs as codes, and the rounding of what it gives.</summary>
internal sealed class IntegerCall(IntegerArithmetic arithmetic, Tensor[] inputs, ExecutionMode mode)
{
    private const int MostCodeBits = 16;      // wider ones are sums that nobody has rounded yet

    /// <summary>The inputs as they were given.</summary>
    public IReadOnlyList<Tensor> Inputs => inputs;

    /// <summary>Kernels and threads.</summary>
    public ExecutionMode Mode => mode;

    /// <summary>True where gradients are computed.</summary>
    public bool IsBackward => arithmetic.IsBackward;

    /// <summary>Bits of what the op gives.</summary>
    public int OutputBits => arithmetic.OutputBits;

    /// <summary>Bits of weights.</summary>
    public int WeightBits => arithmetic.Format.WeightBits;

    /// <summary>1 where the top bit is left unused.</summary>
    public int Headroom => arithmetic.Headroom;

    /// <summary>True when an input is held as codes.</summary>
    public bool HasCodes => IntegerArithmetic.HasCodes(inputs);

    /// <summary>What the op read instead of its inputs, when it read something else.</summary>
    public Tensor[]? Read { get; private set; }

    /// <summary>Bits for one more rounding.</summary>
    public RoundingDraw? Draw() => arithmetic.Draw();

    /// <inheritdoc cref="IntegerArithmetic.NextRounding"/>
    public (Rounding Rule, RoundingDraw Draw) NextRounding() => arithmetic.NextRounding();

    /// <summary>Input <paramref name="index"/> as codes: those it is held as, else rounded to the bits of activations, or of gradients.</summary>
    public FixedPointTensor Codes(int index) => Codes(index, arithmetic.OutputBits);

    /// <summary>The same for an input that is a weight where it is no activation.</summary>
    public FixedPointTensor Weights(int index) => Codes(index, IsBackward ? arithmetic.Format.GradientBits : arithmetic.Format.WeightBits);

    /// <summary>Input <paramref name="index"/> as codes: those it is held as, else rounded to <paramref name="bits"/> bits.</summary>
    public FixedPointTensor Codes(int index, int bits)
    {
        Tensor input = inputs[index];
        if (input.FixedPoint is { Bits: <= MostCodeBits } codes) return codes;
        codes = input.FixedPoint is { } sums ? sums.Rounded(bits, Draw(), Headroom, mode) : FixedPointTensor.Map(input, bits, Draw(), Headroom, mode);
        Read ??= [.. inputs];
        Read[index] = new(codes);
        return codes;
    }

    /// <summary>True when an input holds sums that nobody has rounded yet.</summary>
    public bool HasSums => Array.Exists(inputs, i => i.FixedPoint is { Bits: > MostCodeBits });

    /// <summary>A float32 tensor held as the given sums, exactly.</summary>
    public static Tensor Exact(Tensor sums, int exponent) => new(new FixedPointTensor(sums, exponent, 8 * sums.Type.Size()));

    /// <summary>A float32 tensor held as the given sums rounded to the bits of an output; the sums are given back.</summary>
    /// <param name="sums">int32 or int64.</param>
    /// <param name="exponent">Of the sums.</param>
    /// <param name="largest">max |sums|, where it is known.</param>
    public Tensor Rounded(Tensor sums, int exponent, ulong? largest = null)
    {
        Tensor result = new(new FixedPointTensor(sums, exponent, 8 * sums.Type.Size()).Rounded(arithmetic.OutputBits, Draw(), Headroom, mode, largest));
        sums.Dispose();
        return result;
    }

    /// <summary>A float32 tensor held as codes of the bits of an output that lie as <paramref name="like"/>, which is dense; <paramref name="kernel"/> fills them and returns their exponent.</summary>
    public Tensor Made(Tensor like, CodeKernel kernel)
    {
        Tensor codes = Tensor.EmptyLike(like, FixedPointTensor.TypeOf(OutputBits));
        (Rounding rule, RoundingDraw draw) = NextRounding();
        int exponent = kernel(codes.Storage()!.Bytes(), rule, draw);
        GC.KeepAlive(codes);
        return new(new FixedPointTensor(codes, exponent, OutputBits));
    }

    /// <summary>A float32 tensor held as codes with the exponent and width of <paramref name="like"/>.</summary>
    public static Tensor Like(FixedPointTensor like, Tensor codes) => new(new FixedPointTensor(codes, like.Exponent, like.Bits));
}

/// <summary>Writes codes and returns their exponent.</summary>
internal delegate int CodeKernel(Span<byte> codes, Rounding rounding, RoundingDraw draw);
