namespace Dyadic.Runtime.Steps.Float;

/// <summary>What a value between two elements of an axis is.</summary>
public enum ResizeMode
{
    /// <summary>One of the elements.</summary>
    Nearest,

    /// <summary>A mean of the two, weighted by their distances.</summary>
    Linear,

    /// <summary>Keys' cubic convolution over four elements.</summary>
    Cubic,
}

/// <summary>The place u in x of element i of y, with the sizes n of x and m of y and the scale s.</summary>
public enum ResizeCoordinates
{
    /// <summary>u = (i + ½)/s − ½.</summary>
    HalfPixel,

    /// <summary>As <see cref="HalfPixel"/>, about the middle of x where m is not n·s: u = n/2·(1 − m/(n·s)) + (i + ½)/s − ½.</summary>
    HalfPixelSymmetric,

    /// <summary>As <see cref="HalfPixel"/>; 0 where m = 1.</summary>
    PytorchHalfPixel,

    /// <summary>u = i·(n − 1)/(m − 1); 0 where m = 1.</summary>
    AlignCorners,

    /// <summary>u = i/s.</summary>
    Asymmetric,

    /// <summary>u = start·(n − 1) + i·(end − start)·(n − 1)/(m − 1), or the middle of start and end where m = 1; outside of x a given value.</summary>
    TfCropAndResize,
}

/// <summary>Which element is nearest to a place u.</summary>
public enum NearestRounding
{
    /// <summary>⌈u − ½⌉.</summary>
    RoundPreferFloor,

    /// <summary>⌊u + ½⌋.</summary>
    RoundPreferCeil,

    /// <summary>⌊u⌋.</summary>
    Floor,

    /// <summary>⌈u⌉.</summary>
    Ceil,
}

/// <summary>How an axis is sampled anew: y[i] = Σₜ w[i, t]·x[at[i, t]], the taps and their weights.</summary>
/// <param name="Mode">The weights.</param>
/// <param name="Coordinates">Where element i of y lies in x.</param>
/// <param name="Nearest">The choice of <see cref="ResizeMode.Nearest"/>.</param>
/// <param name="Cubic">Keys' coefficient a of <see cref="ResizeMode.Cubic"/>.</param>
/// <param name="ExcludeOutside">Whether elements outside of x weigh nothing, the others more; else the first or last element stands for them.</param>
/// <param name="Antialias">Whether the weights are stretched by 1/s where s &lt; 1, so that every element counts.</param>
/// <param name="Start">The start of <see cref="ResizeCoordinates.TfCropAndResize"/>, as a part of the axis.</param>
/// <param name="End">Its end.</param>
/// <param name="Outside">Its value outside of x.</param>
/// <remarks>ONNX Resize, opset 10 to 19, along one axis: all its modes are products over the axes. Keys 1981, "Cubic convolution interpolation", eq. (4).</remarks>
public readonly record struct Resampling(
    ResizeMode Mode, ResizeCoordinates Coordinates = ResizeCoordinates.HalfPixel, NearestRounding Nearest = NearestRounding.RoundPreferFloor, float Cubic = -0.75f,
    bool ExcludeOutside = false, bool Antialias = false, float Start = 0, float End = 1, float Outside = 0)
{
    private const int MostTaps = 1 << 28;       // more than there is room for: they are refused before they are filled

    /// <summary>The number of taps of an element at scale <paramref name="scale"/>.</summary>
    public int Taps(double scale)
    {
        if (Mode == ResizeMode.Nearest) return 1;
        int reach = Mode == ResizeMode.Linear ? 1 : 2;
        return 2 - (2 * First(reach, scale));
    }

    /// <summary>Writes the taps of each of <paramref name="outputs"/> elements; −1 for the elements of those that lie outside.</summary>
    /// <param name="size">n, the size of the axis of x.</param>
    /// <param name="outputs">m, the size of that axis of y.</param>
    /// <param name="scale">s.</param>
    /// <param name="at">[outputs, taps]: elements of x.</param>
    /// <param name="weights">[outputs, taps].</param>
    public void Fill(int size, int outputs, double scale, Span<int> at, Span<double> weights)
    {
        int taps = Taps(scale);
        for (int i = 0; i < outputs; i++)
        {
            double u = Place(i, size, outputs, scale);
            Span<int> places = at.Slice(i * taps, taps);
            Span<double> w = weights.Slice(i * taps, taps);
            if (Coordinates == ResizeCoordinates.TfCropAndResize && (u < 0 || u > size - 1))
            {
                places.Fill(-1);
                w.Clear();
            }
            else if (Mode == ResizeMode.Nearest) (places[0], w[0]) = (Math.Clamp(Round(u), 0, size - 1), 1);
            else Weigh(u, size, scale, places, w);
        }
    }

    private double Place(int i, int size, int outputs, double scale) => Coordinates switch
    {
        ResizeCoordinates.HalfPixel => ((i + 0.5) / scale) - 0.5,
        ResizeCoordinates.HalfPixelSymmetric => (size / 2.0 * (1 - (outputs / (size * scale)))) + ((i + 0.5) / scale) - 0.5,
        ResizeCoordinates.PytorchHalfPixel => outputs > 1 ? ((i + 0.5) / scale) - 0.5 : 0,
        ResizeCoordinates.AlignCorners => outputs > 1 ? i * (size - 1.0) / (outputs - 1) : 0,
        ResizeCoordinates.Asymmetric => i / scale,
        _ => outputs > 1
            ? (Start * (size - 1.0)) + (i * ((double)End - Start) * (size - 1) / (outputs - 1))
            : 0.5 * ((double)Start + End) * (size - 1),
    };

    private int Round(double u) => (int)(Nearest switch
    {
        NearestRounding.RoundPreferFloor => Math.Ceiling(u - 0.5),
        NearestRounding.RoundPreferCeil => Math.Floor(u + 0.5),
        NearestRounding.Floor => Math.Floor(u),
        _ => Math.Ceiling(u),
    });

    private void Weigh(double u, int size, double scale, Span<int> places, Span<double> weights)
    {
        double stretch = Antialias ? Math.Min(scale, 1) : 1, sum = 0;
        int floor = (int)Math.Floor(u), first = 1 - (places.Length / 2);
        for (int t = 0; t < places.Length; t++)
        {
            int place = floor + first + t;
            double distance = Math.Abs(place - u) * stretch, weight = Mode == ResizeMode.Linear ? Math.Max(1 - distance, 0) : Keys(distance);
            if (ExcludeOutside && (uint)place >= (uint)size) weight = 0;
            (places[t], weights[t]) = (Math.Clamp(place, 0, size - 1), weight);
            sum += weight;
        }
        if (!ExcludeOutside && !Antialias) return;
        foreach (ref double weight in weights) weight /= sum;
    }

    // A cubic about an element, of which those at distance 2 and more weigh nothing.
    private double Keys(double d) => d switch
    {
        <= 1 => CubicConvolution.Inner(d, Cubic),
        < 2 => CubicConvolution.Outer(d, Cubic),
        _ => 0,
    };

    // The place of the first tap, counted from ⌊u⌋.
    private int First(int reach, double scale) => (int)Math.Floor(Math.Max(-reach / (Antialias ? Math.Min(scale, 1) : 1), -MostTaps)) + 1;
}
