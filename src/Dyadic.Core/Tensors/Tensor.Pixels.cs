using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic;

public sealed partial class Tensor
{
    /// <summary>True when the elements lie channels-last, [N, (H,) W, C] of logical [N, C, (H,) W], and not row-major: so convolutions in training leave them.</summary>
    internal bool IsChannelsLast
    {
        get
        {
            if (!ChannelsLast.Has(Rank) || IsContiguous) return false;
            int stride = 1;
            for (int i = Rank - 1; i >= 0; i--)
            {
                int axis = i == 0 ? 0 : i == Rank - 1 ? 1 : i + 1;
                if (Shape[axis] != 1 && _strides[axis] != stride) return false;
                stride *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>The elements of [N, C, (H,) W] as a contiguous tensor [N, (H,) W, C], a view where they lie so; not recorded on the tape.</summary>
    internal Tensor ToPixels(in ExecutionMode mode)
    {
        if (!IsContiguous || Type != DType.Float32 || Shape[0] == 0) return Pixels().ToContiguous();
        Tensor y = Empty(Pixels(Shape));
        new LayoutStep(toChannelsLast: true).Run([View()], [y.View()], mode);
        GC.KeepAlive(this);
        return y;
    }

    /// <summary>The view [N, C, (H,) W] of [N, (H,) W, C].</summary>
    internal Tensor FromPixels()
    {
        Dim[] dims = [Shape[0], Shape[-1], .. Shape.Span[1..^1]];
        return Restride(Shape.Create(dims), [_strides[0], _strides[^1], .. _strides[1..^1]]);
    }

    /// <summary>The shape [N, (H,) W, C] of [N, C, (H,) W].</summary>
    internal static Shape Pixels(Shape shape) => [shape[0], .. shape.Span[2..], shape[1]];

    private Tensor Pixels() => Restride(Pixels(Shape), [_strides[0], .. _strides[2..], _strides[1]]);

    private Tensor PixelsToRows()
    {
        Tensor y = Empty(Shape);
        new LayoutStep(toChannelsLast: false).Run([Pixels().View()], [y.View()], EagerMode.Current);
        GC.KeepAlive(this);
        return y;
    }
}
