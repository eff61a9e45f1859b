using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Convolution and its two gradients as contractions, image by image and group by group; terms are summed in the order of <see cref="Kernels.Reference.ReferenceConv"/>.</summary>
internal static unsafe class EmulatedConv
{
    private const int Slab = 1 << 21;       // elements of the packed matrix at a time

    public static void Forward(in EmulatedCall call, in ConvGeometry g, in TensorView x, in TensorView w, void* bias, in TensorView y)
    {
        if (y.Type == DType.Float32) Run<float>(call, g, ColumnsOf.Windows, x.Data, w.Data, bias, y.Data);
        else Run<double>(call, g, ColumnsOf.Windows, x.Data, w.Data, bias, y.Data);
    }

    public static void InputGradient(in EmulatedCall call, in ConvGeometry g, in TensorView dy, in TensorView w, void* bias, in TensorView dx)
    {
        if (dx.Type == DType.Float32) Run<float>(call, g, ColumnsOf.Touching, dy.Data, w.Data, bias, dx.Data);
        else Run<double>(call, g, ColumnsOf.Touching, dy.Data, w.Data, bias, dx.Data);
    }

    public static void WeightGradient(in EmulatedCall call, in ConvGeometry g, in TensorView x, in TensorView dy, in TensorView dw)
    {
        if (dw.Type == DType.Float32) Weights<float>(call, g, x.Data, dy.Data, dw.Data);
        else Weights<double>(call, g, x.Data, dy.Data, dw.Data);
    }

    // Output channels of the result as rows, its pixels as columns.
    private static void Run<T>(in EmulatedCall call, in ConvGeometry g, ColumnsOf matrix, void* source, void* w, void* bias, void* target) where T : unmanaged, INumber<T>
    {
        bool forward = matrix == ColumnsOf.Windows;
        int kernel = g.KernelH * g.KernelW, sourceChannels = forward ? g.GroupChannels : g.GroupOutChannels, rows = forward ? g.GroupOutChannels : g.GroupChannels;
        int sourcePlane = forward ? g.Height * g.Width : g.OutHeight * g.OutWidth, plane = forward ? g.OutHeight * g.OutWidth : g.Height * g.Width;
        int terms = sourceChannels * kernel, slab = Math.Clamp(Slab / terms / 64 * 64, 64, Math.Max(64, plane));
        using ScratchBuffer<T> columns = Scratch.Rent<T>((nint)terms * slab), present = Scratch.Rent<T>((nint)terms * slab), weights = Scratch.Rent<T>((nint)terms * rows);
        for (int group = 0; group < g.Groups; group++)
        {
            T* a = (T*)w + ((nint)group * g.GroupOutChannels * g.Taps);
            if (!forward) a = Turned(a, g, weights.Pointer);
            for (int image = 0; image < g.Batch; image++)
            {
                nint first = (((nint)image * g.Groups) + group) * rows;                    // channel of the result
                for (int pixel = 0; pixel < plane; pixel += slab)
                {
                    int count = Math.Min(slab, plane - pixel);
                    Pack(call.Mode, matrix, g, (T*)source + ((((nint)image * g.Groups) + group) * sourceChannels * sourcePlane), columns.Pointer, present.Pointer, terms, pixel, count);
                    nint at = (first * plane) + pixel;
                    call.Run(new ContractionLoop
                    {
                        Height = rows, Columns = count, A = a, RowA = terms, StepA = 1, B = columns.Pointer, Present = Padded(g, forward) ? present.Pointer : null, StepB = count,
                        Y = (T*)target + at, RowY = plane, Bias = bias == null ? null : (T*)bias + (group * rows), Terms = terms, Element = at,
                    });
                }
            }
        }
    }

    // dw[m, t] = Σ over images and pixels: the images one after the other, each going on from the sums of those before.
    private static void Weights<T>(in EmulatedCall call, in ConvGeometry g, void* x, void* dy, void* dw) where T : unmanaged, INumber<T>
    {
        int pixels = g.OutHeight * g.OutWidth, taps = g.Taps, slab = Math.Clamp(Slab / taps, 1, pixels);
        using ScratchBuffer<T> columns = Scratch.Rent<T>((nint)taps * slab), present = Scratch.Rent<T>((nint)taps * slab);
        new Span<T>(dw, g.WeightLength).Clear();
        for (int group = 0; group < g.Groups; group++)
        {
            for (int image = 0; image < g.Batch; image++)
            {
                T* source = (T*)x + ((((nint)image * g.Groups) + group) * g.GroupChannels * g.Height * g.Width);
                nint outputs = (((nint)image * g.Groups) + group) * g.GroupOutChannels * pixels, at = (nint)group * g.GroupOutChannels * taps;
                for (int pixel = 0; pixel < pixels; pixel += slab)
                {
                    int count = Math.Min(slab, pixels - pixel);
                    ConvColumns<T> columnsOfSlab = new()
                    {
                        Matrix = ColumnsOf.WindowsTransposed, G = g, Source = source, Target = columns.Pointer - ((nint)pixel * taps),
                        Present = present.Pointer - ((nint)pixel * taps), Columns = taps,
                    };
                    columnsOfSlab.Run(pixel, pixel + count);
                    call.Run(new ContractionLoop
                    {
                        Height = g.GroupOutChannels, Columns = taps, A = (T*)dy + outputs + pixel, RowA = pixels, StepA = 1, B = columns.Pointer, Present = present.Pointer, StepB = taps,
                        Y = (T*)dw + at, RowY = taps, Terms = count, Before = (image * pixels) + pixel, Element = at,
                    });
                }
            }
        }
    }

    private static void Pack<T>(in ExecutionMode mode, ColumnsOf matrix, in ConvGeometry g, T* source, T* target, T* present, int rows, int first, int columns)
        where T : unmanaged, INumber<T>
    {
        ConvColumns<T> body = new() { Matrix = matrix, G = g, Source = source, Target = target, Present = present, First = first, Columns = columns };
        WorkerPool.For(rows, mode, ref body, Math.Max(1, 4096 / columns));
    }

    // w [M/g, C/g, kH, kW] → [C/g, (m, u, v)] with u and v downwards.
    private static T* Turned<T>(T* w, in ConvGeometry g, T* target) where T : unmanaged
    {
        int kernel = g.KernelH * g.KernelW;
        for (int c = 0, at = 0; c < g.GroupChannels; c++)
            for (int m = 0; m < g.GroupOutChannels; m++)
                for (int tap = kernel - 1; tap >= 0; tap--) target[at++] = w[(((m * g.GroupChannels) + c) * kernel) + tap];
        return target;
    }

    private static bool Padded(in ConvGeometry g, bool forward) =>
        !forward || g.PadTop + g.PadLeft + g.PadBottom + g.PadRight > 0;
}
