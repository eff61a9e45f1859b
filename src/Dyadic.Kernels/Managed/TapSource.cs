using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>The columns of an im2col matrix, which is never stored: line = (image, row, column) of the output, value k = padded[pixel + taps[k]].</summary>
/// <param name="padded">[images, imageStride] in the layout of <see cref="PaddedPlanes"/>, with slack behind.</param>
/// <param name="imageStride">Values from one image to the next.</param>
/// <param name="taps">[K] offsets.</param>
/// <param name="height">Output rows.</param>
/// <param name="width">Output columns.</param>
/// <param name="rowStride">Values from one padded row to the next.</param>
internal readonly unsafe struct TapSource(float* padded, nint imageStride, int* taps, int height, int width, int rowStride) : IPanelSource
{
    public float* Direct(int first, int k0, out nint stride)
    {
        stride = 0;
        return null;
    }

    // Runs are copied in whole vectors, left to right: what one run writes too much the next one overwrites.
    [SkipLocalsInit]
    public void Pack(int first, int lines, int k0, int kc, float* panel, int panelWidth)
    {
        nint* from = stackalloc nint[panelWidth];
        int* at = stackalloc int[panelWidth + 1];
        int runs = FindRuns(first, lines, from, at);
        for (int p = 0; p < kc; p++, panel += panelWidth)
        {
            float* image = padded + taps[k0 + p];
            for (int r = 0; r < runs; r++)
            {
                float* source = image + from[r], target = panel + at[r];
                for (int left = at[r + 1] - at[r]; left > 0; left -= 8, source += 8, target += 8) Vector256.Load(source).Store(target);
            }
        }
    }

    // Lines that are neighbours in memory: at most a row of the output each.
    private int FindRuns(int first, int lines, nint* from, int* at)
    {
        int runs = 0;
        for (int done = 0; done < lines; runs++)
        {
            int line = first + done, column = line % width, row = line / width % height, image = line / (width * height);
            from[runs] = image * imageStride + (nint)row * rowStride + column;
            at[runs] = done;
            done += Math.Min(width - column, lines - done);
            at[runs + 1] = done;
        }
        return runs;
    }
}
