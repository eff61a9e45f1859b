using Dyadic.Arithmetics;
using Dyadic.Kernels.Managed;

namespace Dyadic.Ops;

/// <summary>The order in which codes lie in memory.</summary>
internal static class CodeLayout
{
    /// <summary>Both, of one shape, so that equal indices lie at equal places: as <paramref name="a"/> lies if that is dense, but rather channels-last than row-major.</summary>
    public static (Tensor A, Tensor B) Alike(Tensor a, Tensor b)
    {
        if (a.LiesLike(b) && a.Storage() is not null) return (a, b);
        if (a.IsContiguous && !b.IsContiguous && b.Storage() is not null) return (Placed(a, b), b);      // what comes next is a kernel on pixels
        if (a.Storage() is null) return b.Storage() is null ? (a.ToContiguous(), b.ToContiguous()) : (b.LiesLike(a) ? a : Placed(a, b), b);
        return (a, Placed(b, a));
    }

    /// <summary>[N, C, ..] as contiguous [N, .., C], copied only where it lies otherwise.</summary>
    public static Tensor ChannelsLast(Tensor x)
    {
        Tensor pixels = Pixels(x);
        if (pixels.IsContiguous || !x.IsContiguous || x.Type != DType.Int8) return pixels.ToContiguous();
        Tensor turned = Tensor.Empty(pixels.Shape, DType.Int8);
        (int batch, int channels) = (x.Shape[0], x.Shape[1]);
        CodeTranspose.Images(x.Bytes(), batch, channels, x.Length / Math.Max(1, batch * channels), turned.Bytes(), Door.Mode);
        GC.KeepAlive(x);
        return turned;
    }

    /// <summary>[N, .., C] as [N, C, ..].</summary>
    public static Tensor ChannelsFirst(Tensor pixels) => pixels.Permuted([0, pixels.Rank - 1, .. Enumerable.Range(1, pixels.Rank - 2)]);

    private static Tensor Pixels(Tensor x) => x.Permuted([0, .. Enumerable.Range(2, x.Rank - 2), 1]);

    // A copy of x that lies as a dense tensor does.
    private static Tensor Placed(Tensor x, Tensor like)
    {
        if (x.Rank > 2 && Pixels(like).IsContiguous) return ChannelsFirst(ChannelsLast(x));
        int[] order = [.. Enumerable.Range(0, x.Rank).OrderByDescending(a => like.Strides[a])], inverse = new int[order.Length];
        for (int i = 0; i < order.Length; i++) inverse[order[i]] = i;
        return x.Permuted(order).ToContiguous().Permuted(inverse);
    }
}
