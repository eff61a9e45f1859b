namespace Dyadic.Compression.Layers;

/// <summary>The mean of each channel over samples and positions; nothing else is kept.</summary>
/// <param name="channels">How many there are.</param>
/// <param name="isConv">Channels are axis 1, else the last one.</param>
internal sealed class ChannelMean(int channels, bool isConv)
{
    private readonly double[] _sums = new double[channels];
    private long _count;

    public double this[int channel] => _count == 0 ? 0 : _sums[channel] / _count;

    /// <summary>Adds a batch.</summary>
    public void Add(Tensor y)
    {
        if (y.Length == 0) return;
        float[] values = y.ToArray<float>();
        int inner = isConv ? y.Length / (y.Shape[0] * channels) : 1;
        for (int i = 0; i < values.Length; i++) _sums[i / inner % channels] += values[i];
        _count += values.Length / channels;
    }
}
