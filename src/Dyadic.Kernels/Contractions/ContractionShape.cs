namespace Dyadic.Kernels.Contractions;

/// <summary>How a convolution, or a product as a 1×1 convolution, falls into groups, panels and segments of steps.</summary>
/// <remarks>
/// A segment is a run of input values that lie side by side in memory: one kernel row of kW·C values where there is one group and no dilation along it,
/// else the C/g values of one tap. A depthwise convolution is cut into groups of 16 channels whose segments are taps.
/// </remarks>
internal readonly record struct ContractionShape
{
    public ContractionShape(int weights, int outs, int groups, in Window window)
    {
        (Window, Outputs, Channels) = (window, outs, weights / (outs * window.Taps));
        Depthwise = groups == outs && Channels == 1 && outs > 1;
        RowSegments = !Depthwise && groups == 1 && window.DilationW == 1;
        Groups = Depthwise ? (outs + ChannelConstants.Block - 1) / ChannelConstants.Block : groups;
        GroupOuts = Depthwise ? ChannelConstants.Block : outs / groups;
        GroupInputs = Depthwise ? ChannelConstants.Block : Channels;
        Segments = RowSegments ? window.KernelH : window.Taps;
        SegmentValues = RowSegments ? window.KernelW * Channels : Channels;
    }

    /// <summary>Kernel, strides, padding, dilation.</summary>
    public Window Window { get; }

    /// <summary>M.</summary>
    public int Outputs { get; }

    /// <summary>C/g as in the weights.</summary>
    public int Channels { get; }

    /// <summary>One input channel for each output channel.</summary>
    public bool Depthwise { get; }

    /// <summary>Kernel rows are segments.</summary>
    public bool RowSegments { get; }

    /// <summary>Groups that kernels work on.</summary>
    public int Groups { get; }

    /// <summary>Output channels of a group, those that only fill up included.</summary>
    public int GroupOuts { get; }

    /// <summary>Input channels from one group to the next.</summary>
    public int GroupInputs { get; }

    /// <summary>Segments.</summary>
    public int Segments { get; }

    /// <summary>Values of a segment.</summary>
    public int SegmentValues { get; }

    /// <summary>Output channels of group <paramref name="group"/> that exist.</summary>
    public int ValidOuts(int group) => Math.Min(GroupOuts, Outputs - group * GroupOuts);
}
