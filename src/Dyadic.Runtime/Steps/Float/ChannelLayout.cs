namespace Dyadic.Runtime.Steps.Float;

/// <summary>How one scale for each index of an axis lies over a row-major tensor: element i belongs to channel (i / Inner) mod Channels.</summary>
/// <param name="Channels">The number of scales; 1 for the whole tensor.</param>
/// <param name="Inner">How many neighbours share a channel.</param>
internal readonly record struct ChannelLayout(int Channels, int Inner)
{
    /// <summary>The layout of <paramref name="scales"/> scales over a tensor of dimensions <paramref name="dims"/>.</summary>
    public static ChannelLayout Of(int[] dims, int axis, int scales)
    {
        if (scales == 1 || dims.Length == 0) return new(1, int.MaxValue);
        int inner = 1;
        for (int i = (axis < 0 ? axis + dims.Length : axis) + 1; i < dims.Length; i++) inner *= dims[i];
        return new(scales, inner);
    }

    /// <summary>The end of the run of one channel that starts at <paramref name="start"/>.</summary>
    public int End(int start, int length) => Inner > length - start ? length : start + Inner;

    /// <summary>The channel after <paramref name="channel"/>.</summary>
    public int Next(int channel) => channel + 1 == Channels ? 0 : channel + 1;
}
