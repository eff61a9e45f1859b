using System.Numerics.Tensors;
using Dyadic.Arithmetics;
using Dyadic.Compression.Layers;
using Dyadic.Ops;

namespace Dyadic.Compression.Training;

/// <summary>How codes stand for values while a network is trained: a scale, or one for each index of an axis, and a zero point; fixed until one of the ways to change them is chosen.</summary>
internal sealed class TrainedScale
{
    private const double Smallest = 1e-12;
    private readonly QuantParams _start;

    /// <summary>The scale that <paramref name="start"/> says.</summary>
    /// <param name="name">For the state of checkpoints.</param>
    /// <param name="start">Scale, zero point and type of the codes.</param>
    /// <param name="low">The least code that is used.</param>
    /// <param name="high">The greatest.</param>
    public TrainedScale(string name, QuantParams start, int low, int high)
    {
        (Name, _start, Low, High, Axis) = (name, start, low, high, start.Axis ?? 1);
        (Scale, Zero) = (start.ScaleTensor(), start.ZeroPointTensor());
    }

    public string Name { get; }

    /// <summary>The least code that is used.</summary>
    public int Low { get; }

    /// <summary>The greatest code that is used.</summary>
    public int High { get; }

    /// <summary>The axis of several scales.</summary>
    public int Axis { get; }

    /// <summary>True when the zero point is 0 and no way of training moves it.</summary>
    public bool IsSymmetric => _start.IsSymmetric && _start.Signed;

    /// <summary>s of this step, as it will be deployed.</summary>
    public Tensor Scale { get; private set; }

    /// <summary>z of this step, in the type of the codes.</summary>
    public Tensor Zero { get; private set; }

    /// <summary>θ = ln s where it is trained.</summary>
    public Tensor? Log { get; private set; }

    /// <summary>β = −z·s where it is trained.</summary>
    public Tensor? Offset { get; private set; }

    /// <summary>The least and the greatest value, [2], where they are averaged.</summary>
    public Tensor? Range { get; private set; }

    /// <summary>Scale and zero point of this step.</summary>
    public QuantParams Parameters => new(_start.Bits, _start.Signed, Scale.ToArray<float>(), Zero.Cast(DType.Int32).ToArray<int>(), _start.Axis, _start.Narrow);

    /// <summary>The scale is e^θ from here on, with θ the result.</summary>
    public Tensor Learn() => Log = Tensor.From(Array.ConvertAll([.. _start.Scales], MathF.Log), Scale.Shape);

    /// <summary>The zero point is ⌊−β/s⌉ from here on, with β the result.</summary>
    public Tensor LearnOffset() => Offset = Tensor.Scalar(-_start.ZeroPoints[0] * _start.Scales[0]);

    /// <summary>Scale and zero point follow a range from here on, which is the result.</summary>
    public Tensor Track() => Range = Tensor.Vector<float>((Low - _start.ZeroPoints[0]) * _start.Scales[0], (High - _start.ZeroPoints[0]) * _start.Scales[0]);

    /// <summary>Computes scale and zero point of this step; on the tape where they are trained.</summary>
    public void Begin()
    {
        if (Log is not null) Scale = Log.Exp();
        if (Offset is not null) Zero = ZeroAt(-Offset.Item<float>() / Scale.Item<float>());
        if (Range is not null) Fit(Range.ToArray<float>());
    }

    /// <summary>The codes of <paramref name="x"/> by the definition.</summary>
    public Tensor Quantize(Tensor x) => x.Detach().QuantizeLinear(Scale.Detach(), Zero, Low, High, Axis);

    /// <summary>What <paramref name="codes"/> of <paramref name="x"/> stand for, with gradients to x and to this scale.</summary>
    public Tensor Stand(Tensor codes, Tensor x)
    {
        Tensor s = Scale;
        if (s.RequiresGrad)
        {
            int sharing = x.Length / (s.Length > 1 ? s.Length : x.Rank > 1 ? x.Shape[0].Size : 1);          // values of one scale, of one sample
            s = Damped(s, 1 / Math.Sqrt((double)Math.Max(1, sharing) * High));
        }
        FakeQuantize op = new(Low, High, Axis);
        return Offset is null ? codes.Apply(op, s, Zero, x) : codes.Apply(op, s, Zero, x, Offset);
    }

    /// <summary>The range takes (1 − <paramref name="momentum"/>) of that of <paramref name="x"/>.</summary>
    public void Observe(Tensor x, double momentum)
    {
        float[] values = x.Detach().ToArray<float>(), range = Range!.ToArray<float>();
        (float least, float most) = (Math.Min(TensorPrimitives.Min<float>(values), 0), Math.Max(TensorPrimitives.Max<float>(values), 0));
        float m = (float)momentum;
        Range.CopyFrom(Tensor.Vector<float>(m * range[0] + (1 - m) * least, m * range[1] + (1 - m) * most));
    }

    /// <summary>The scales follow the greatest weight of each channel: s = max|w|/High.</summary>
    public void Follow(Tensor weight)
    {
        float[] most = new float[Scale.Length];
        ChannelMagnitudes.Raise(most, weight.Detach().ToArray<float>(), ChannelMagnitudes.Inner(weight.Shape, Axis));
        Scale = Tensor.From(Array.ConvertAll(most, m => m / High > Smallest ? m / High : 1), Scale.Shape);
    }

    private void Fit(float[] range)
    {
        double width = IsSymmetric ? Math.Max(-range[0], range[1]) / High : ((double)range[1] - range[0]) / (High - Low);
        Scale = Tensor.Scalar(width > Smallest ? width : 1);
        if (!IsSymmetric) Zero = ZeroAt(Low - (range[0] / Scale.Item<float>()));
    }

    private Tensor ZeroAt(double z) => new QuantParams(_start.Bits, _start.Signed, 1, (int)Math.Clamp(Math.Round(z, MidpointRounding.ToEven), _start.QMin, _start.QMax)).ZeroPointTensor();

    // s with its gradient times g.
    private static Tensor Damped(Tensor s, double g)
    {
        Tensor held = s.Detach();
        return held + (s - held) * g;
    }
}
