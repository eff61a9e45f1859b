using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[r, c, i, j] = the mean (or largest element) of x[batch[r], c] at the points of bin (i, j) of region r; float32 and float64.</summary>
/// <param name="sampling">Bins, points and coordinates.</param>
public sealed unsafe class RoiAlignStep(RoiSampling sampling) : Step
{
    /// <inheritdoc/>
    public override string Kernel => sampling.Maximum ? "roi_align_max" : "roi_align";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Length == 0) return;
        if (outputs[0].Type == DType.Float32) Align<float>(inputs, outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Align<double>(inputs, outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Align<T>(ReadOnlySpan<TensorView> inputs, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorView x = inputs[0];
        ReadOnlySpan<long> images = inputs[2].Span<long>();
        foreach (long image in images)
            if (image < 0 || image >= x.Dims[0]) throw new ShapeException($"{Kernel}: a region lies in image {image}, there are {x.Dims[0]}.");
        Body<T> body = new() { X = (T*)x.Data, Regions = (T*)inputs[1].Data, Y = (T*)y.Data, Image = (long*)inputs[2].Data, Dims = x.Dims, Sampling = sampling };
        WorkerPool.For(y.Dims[0], mode, ref body);
    }

    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Regions, Y;
        public long* Image;
        public int[] Dims;
        public RoiSampling Sampling;

        public readonly void Run(int start, int end)
        {
            for (int region = start; region < end; region++) Align(region);
        }

        // A region is x₁, y₁, x₂, y₂.
        private readonly void Align(int region)
        {
            T* box = Regions + ((nint)region * 4);
            (T left, T width) = Sampling.Extent(box[0], box[2]);
            (T top, T height) = Sampling.Extent(box[1], box[3]);
            int down = Sampling.Points(height, Sampling.Height), across = Sampling.Points(width, Sampling.Width), plane = Dims[2] * Dims[3];
            using ScratchBuffer<RoiTap<T>> rows = Scratch.Rent<RoiTap<T>>((nint)Sampling.Height * down + 1);
            using ScratchBuffer<RoiTap<T>> columns = Scratch.Rent<RoiTap<T>>((nint)Sampling.Width * across + 1);
            RoiSampling.Fill(top, height, Sampling.Height, down, Dims[2], rows.Span);
            RoiSampling.Fill(left, width, Sampling.Width, across, Dims[3], columns.Span);
            T* target = Y + ((nint)region * Dims[1] * Sampling.Height * Sampling.Width);
            for (int channel = 0; channel < Dims[1]; channel++)
            {
                T* source = X + (((nint)Image[region] * Dims[1]) + channel) * plane;
                for (int i = 0; i < Sampling.Height; i++)
                    for (int j = 0; j < Sampling.Width; j++)
                        *target++ = Bin(source, rows.Span.Slice(i * down, down), columns.Span.Slice(j * across, across));
            }
        }

        private readonly T Bin(T* x, ReadOnlySpan<RoiTap<T>> rows, ReadOnlySpan<RoiTap<T>> columns)
        {
            T sum = T.Zero, largest = T.NegativeInfinity;
            foreach (ref readonly RoiTap<T> row in rows)
            {
                T* low = x + ((nint)row.Low * Dims[3]), high = x + ((nint)row.High * Dims[3]);
                foreach (ref readonly RoiTap<T> column in columns)
                {
                    if (row.Low < 0 || column.Low < 0)
                    {
                        largest = T.Max(largest, T.Zero);
                        continue;
                    }
                    T a = row.LowWeight * column.LowWeight * low[column.Low], b = row.LowWeight * column.HighWeight * low[column.High];
                    T c = row.HighWeight * column.LowWeight * high[column.Low], d = row.HighWeight * column.HighWeight * high[column.High];
                    sum += a + b + c + d;
                    largest = T.Max(largest, T.Max(T.Max(a, b), T.Max(c, d)));
                }
            }
            int count = rows.Length * columns.Length;
            if (count == 0) return T.Zero;
            return Sampling.Maximum ? largest : sum / T.CreateChecked(count);
        }
    }
}
