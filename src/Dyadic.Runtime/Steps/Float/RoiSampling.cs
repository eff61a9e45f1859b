using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>How regions of planes are read: each becomes a grid of bins, each bin is sampled at points that lie evenly within it.</summary>
/// <param name="Height">Bins of a region from top to bottom.</param>
/// <param name="Width">Bins of a region from left to right.</param>
/// <param name="Samples">Points of a bin along an axis; 0 for as many as a bin has elements, rounded up.</param>
/// <param name="Scale">Elements per unit of the regions' coordinates.</param>
/// <param name="HalfPixel">Whether coordinates count from the edge of the first element, else from its middle; then no region is smaller than an element.</param>
/// <param name="Maximum">Whether a bin is the largest weighted element of its samples, else their mean.</param>
/// <remarks>ONNX RoiAlign, opset 10 to 22. He et al. 2017, "Mask R-CNN", §3.</remarks>
public readonly record struct RoiSampling(int Height, int Width, int Samples = 0, float Scale = 1, bool HalfPixel = true, bool Maximum = false)
{
    /// <summary>The most points of a bin along an axis.</summary>
    public const int MostSamples = 1 << 12;

    /// <summary>Start and length of a region along an axis, in elements.</summary>
    public (T Start, T Length) Extent<T>(T from, T to) where T : IFloatingPointIeee754<T>
    {
        T scale = T.CreateChecked(Scale), offset = T.CreateChecked(HalfPixel ? 0.5 : 0), start = (from * scale) - offset, length = (to * scale) - offset - start;
        return (start, HalfPixel ? length : T.Max(length, T.One));
    }

    /// <summary>Points of each of so many bins along an axis.</summary>
    /// <exception cref="PlanException">There are more than <see cref="MostSamples"/>.</exception>
    public int Points<T>(T length, int bins) where T : IFloatingPointIeee754<T>
    {
        if (Samples > 0) return Samples;
        int points = int.CreateSaturating(T.Ceiling(length / T.CreateChecked(bins)));
        return points <= MostSamples ? Math.Max(points, 0) : throw new PlanException($"roi_align: a region of length {length} needs {points} samples a bin, at most {MostSamples} are taken. Give their number.");
    }

    /// <summary>Writes the two taps of each point of each bin along an axis.</summary>
    /// <param name="start">Where the region starts.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="bins">Bins of the region.</param>
    /// <param name="points">Points of a bin.</param>
    /// <param name="size">Elements of the axis.</param>
    /// <param name="taps">[bins, points].</param>
    public static void Fill<T>(T start, T length, int bins, int points, int size, Span<RoiTap<T>> taps) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5), n = T.CreateChecked(size), bin = length / T.CreateChecked(bins), count = T.CreateChecked(points);
        for (int i = 0; i < bins * points; i++)
        {
            T u = start + (T.CreateChecked(i / points) * bin) + ((T.CreateChecked(i % points) + half) * bin / count);
            bool outside = !(u >= -T.One && u <= n);
            u = T.Clamp(u, T.Zero, n - T.One);
            int low = outside ? -1 : int.CreateSaturating(u), high = Math.Min(low + 1, size - 1);
            T f = u - T.CreateChecked(low);
            taps[i] = new(low, high, T.One - f, f);
        }
    }
}

/// <summary>Two neighbours on an axis with their weights; <see cref="Low"/> is −1 where both lie outside.</summary>
public readonly record struct RoiTap<T>(int Low, int High, T LowWeight, T HighWeight) where T : unmanaged;
