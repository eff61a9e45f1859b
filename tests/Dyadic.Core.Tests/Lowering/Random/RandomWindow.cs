using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Lowering.Random;

/// <summary>Windows that fit an image and have a tap inside of it wherever they stand.</summary>
internal sealed record RandomWindow(int[] Kernel, Dims Strides, Dims Pads, Dims Dilations)
{
    /// <summary>A window over the last axes of <paramref name="image"/>, [N, C, (H,) W].</summary>
    /// <param name="rng">Where it is drawn from.</param>
    /// <param name="image">The shape.</param>
    /// <param name="dilated">Whether taps may be apart.</param>
    public static RandomWindow Of(Rng rng, Shape image, bool dilated)
    {
        int n = image.Rank - 2;
        int[] kernel = new int[n], strides = new int[n], pads = new int[2 * n], dilations = new int[n];
        for (int d = 0; d < n; d++)
        {
            kernel[d] = 1 + rng.NextInt(Math.Min(3, image[d + 2]));
            strides[d] = 1 + rng.NextInt(2);
            dilations[d] = dilated && (kernel[d] - 1) * 2 < image[d + 2] ? 1 + rng.NextInt(2) : 1;
            if (rng.NextInt(3) > 0) (pads[d], pads[d + n]) = (rng.NextInt(kernel[d]), rng.NextInt(kernel[d]));
        }
        return new(kernel, Dims.Create(strides), Dims.Create(pads), Dims.Create(dilations));
    }
}
