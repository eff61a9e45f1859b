using System.Diagnostics;
using System.Runtime.InteropServices;
using Dyadic.Kernels.Contractions;

namespace Dyadic.Kernels.Managed;

/// <summary>Weights of a contraction as int16 pairs along K, in panels of 16 output channels, ready for the dot kernels. Immutable.</summary>
/// <remarks>
/// <code>
/// [group][panel][segment][pair][column 0 … 15][2]      int16, zero where column or k do not exist
/// </code>
/// A segment is a run of input values that lie side by side in memory: one kernel row of kW·C values, or one tap of C/g. Its length is rounded up to
/// even; the value read beyond its end meets a zero weight. Int16 products of |x − z| ≤ 255 and |w| ≤ 128 add exactly in int32.
/// </remarks>
public sealed unsafe class PackedWeights
{
    /// <summary>Output channels of a panel.</summary>
    public const int Panel = 16;

    private readonly short* _data;

    private PackedWeights(in ContractionShape shape)
    {
        (Shape, Pairs) = (shape, (shape.SegmentValues + 1) / 2);
        nuint bytes = (nuint)Groups * (nuint)Panels * (nuint)PanelStride * sizeof(short);
        _data = (short*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_data, bytes);
        Bytes = (long)bytes;
        GC.AddMemoryPressure(Bytes);
    }

    /// <summary>Frees the panels.</summary>
    ~PackedWeights()
    {
        NativeMemory.AlignedFree(_data);
        GC.RemoveMemoryPressure(Bytes);
    }

    /// <summary>Channel groups.</summary>
    public int Groups => Shape.Groups;

    /// <summary>Output channels of a group.</summary>
    public int GroupOuts => Shape.GroupOuts;

    /// <summary>Segments of K.</summary>
    public int Segments => Shape.Segments;

    /// <summary>Pairs of values in a segment.</summary>
    public int Pairs { get; }

    /// <summary>Panels of a group.</summary>
    public int Panels => (GroupOuts + Panel - 1) / Panel;

    /// <summary>Bytes held.</summary>
    public long Bytes { get; }

    internal ContractionShape Shape { get; }

    /// <summary>int16 values from one panel to the next.</summary>
    internal int PanelStride => Stride(Segments, Pairs);

    /// <summary>int16 values of a panel.</summary>
    internal static int Stride(int segments, int pairs) => checked(segments * pairs * 2 * Panel);

    internal short* At(int group, int panel) => _data + ((nint)group * Panels + panel) * PanelStride;

    /// <summary>Packs [N, K].</summary>
    public static PackedWeights Linear(ReadOnlySpan<short> weights, int outs) => Conv(weights, outs, 1, new Window(1, 1));

    /// <summary>Packs [M, C/g, kH, kW] for values held channels-last. Kernel rows are segments where their taps are neighbours, else single taps are.</summary>
    public static PackedWeights Conv(ReadOnlySpan<short> weights, int outs, int groups, in Window t)
    {
        ContractionShape shape = new(weights.Length, outs, groups, in t);
        PackedWeights packed = new(in shape);
        int w = 0;
        for (int m = 0; m < outs; m++)
            for (int c = 0; c < shape.Channels; c++)
                for (int i = 0; i < t.KernelH; i++)
                    for (int j = 0; j < t.KernelW; j++)
                    {
                        (int segment, int k) = shape.RowSegments ? (i, j * shape.Channels + c) : (i * t.KernelW + j, c);
                        packed.Set(m / shape.GroupOuts, m % shape.GroupOuts, segment, k, weights[w++]);
                    }
        return packed;
    }

    private void Set(int group, int n, int segment, int k, short w)
    {
        Debug.Assert(k < 2 * Pairs && segment < Segments);
        At(group, n / Panel)[((segment * Pairs + k / 2) * Panel + n % Panel) * 2 + k % 2] = w;
    }
}
