using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Moves codes for the gradients of convolutions: images with zeros between their pixels, and weights seen from the other side.</summary>
public static class CodeImages
{
    /// <summary>y[n, i·sH, j·sW, :] = x[n, i, j, :], elsewhere 0: [N, H, W, C] → [N, (H − 1)·sH + 1, (W − 1)·sW + 1, C].</summary>
    /// <param name="pixels">Codes of x by pixel; a code of <paramref name="pixelBytes"/> / C bytes.</param>
    /// <param name="batch">N.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="pixelBytes">Bytes of a pixel.</param>
    /// <param name="strideH">sH.</param>
    /// <param name="strideW">sW.</param>
    /// <param name="y">The wider images.</param>
    public static void Spread(ReadOnlySpan<byte> pixels, int batch, int height, int width, int pixelBytes, int strideH, int strideW, Span<byte> y)
    {
        int wide = (width - 1) * strideW + 1, tall = (height - 1) * strideH + 1;
        Ensure.Shape(y.Length == (long)batch * tall * wide * pixelBytes, $"CodeImages.Spread: y has {y.Length} bytes, [{batch}, {tall}, {wide}] pixels of {pixelBytes} bytes are needed.");
        y.Clear();
        for (int n = 0; n < batch; n++)
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                    pixels.Slice(((n * height + i) * width + j) * pixelBytes, pixelBytes).CopyTo(y[(((n * tall + i * strideH) * wide + j * strideW) * pixelBytes)..]);
    }

    /// <summary>y[c, m, u, v] = w[m, c, kH − 1 − u, kW − 1 − v] within each group: the weights of the convolution that carries gradients back.</summary>
    /// <param name="w">[g·M′, C′, kH, kW].</param>
    /// <param name="groups">g.</param>
    /// <param name="outs">M′, outputs of a group.</param>
    /// <param name="ins">C′, inputs of a group.</param>
    /// <param name="taps">kH·kW.</param>
    /// <param name="y">[g·C′, M′, kH, kW].</param>
    public static void Turned<T>(ReadOnlySpan<T> w, int groups, int outs, int ins, int taps, Span<T> y)
    {
        for (int g = 0; g < groups; g++)
            for (int m = 0; m < outs; m++)
                for (int c = 0; c < ins; c++)
                    for (int t = 0; t < taps; t++)
                        y[((g * ins + c) * outs + m) * taps + taps - 1 - t] = w[((g * outs + m) * ins + c) * taps + t];
    }

    /// <summary>sums[r, c] += add[c].</summary>
    public static void AddToRows<T>(Span<T> sums, ReadOnlySpan<int> add) where T : unmanaged, IBinaryInteger<T>
    {
        int columns = add.Length;
        for (int r = 0; r < sums.Length; r += columns)
        {
            Span<T> row = sums.Slice(r, columns);
            for (int c = 0; c < columns; c++) row[c] += T.CreateTruncating(add[c]);
        }
    }
}
