using System.Buffers.Binary;
using System.Text;
using Dyadic.Ops;

namespace Dyadic.Data;

/// <summary>Sound as numbers.</summary>
/// <param name="Samples">[channels, T], Float32 in [−1, 1).</param>
/// <param name="Rate">Samples a second.</param>
public sealed record Sound(Tensor Samples, int Rate)
{
    /// <summary>[T], the mean of the channels.</summary>
    public Tensor Mono => Samples.Shape[0].Size == 1 ? Samples.Reshape(-1) : Samples.ReduceMean([0]);
}

/// <summary>WAV files of 8, 16, 24 or 32 bits PCM, and of 32 bits float.</summary>
/// <remarks>RIFF: chunks of a name, a length and a body; "fmt " says how the numbers in "data" are written, one frame of all channels after the other.</remarks>
public static class Wav
{
    private const int Pcm = 1, Float = 3, Extensible = 0xFFFE;

    /// <summary>The sound in a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no WAV file, or one of another kind of numbers.</exception>
    public static Sound Read(string path) => DataFile.Read(path, stream =>
    {
        Span<byte> head = stackalloc byte[12];
        stream.ReadExactly(head);
        DataFile.Check(head[..4].SequenceEqual("RIFF"u8) && head[8..].SequenceEqual("WAVE"u8), path, $"is no WAV file");
        byte[]? format = null;
        Span<byte> chunk = stackalloc byte[8];
        while (true)
        {
            if (stream.ReadAtLeast(chunk, 8, throwOnEndOfStream: false) < 8) throw DataFile.Bad(path, "has no chunk of samples");
            string name = Encoding.Latin1.GetString(chunk[..4]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (name == "data" && length == uint.MaxValue) length = stream.Length - stream.Position;       // written without knowing its end
            DataFile.Check(length <= stream.Length - stream.Position, path, $"ends within its chunk '{name}'");
            if (name == "data") return Read(stream, path, format, length);
            if (name == "fmt ")
            {
                format = new byte[Math.Min(length, 64)];
                stream.ReadExactly(format);
                stream.Position += length - format.Length + (length & 1);
            }
            else stream.Position += length + (length & 1);
        }
    });

    /// <summary>Writes 16-bit PCM; numbers outside of [−1, 1) saturate.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sound">What to write.</param>
    /// <param name="overwrite">Replace an existing file.</param>
    public static void Write(string path, Sound sound, bool overwrite = false) => AtomicFile.Write(path, stream => Write(stream, sound), overwrite);

    private static Sound Read(FileStream stream, string path, byte[]? format, long bytes)
    {
        DataFile.Check(format is { Length: >= 16 }, path, $"has no chunk that says how its samples are written");
        int kind = U16(format!, 0), channels = U16(format!, 2), bits = U16(format!, 14), rate = BinaryPrimitives.ReadInt32LittleEndian(format.AsSpan(4));
        if (kind == Extensible && format!.Length >= 26) kind = U16(format, 24);
        int size = bits / 8;
        bool known = (kind == Pcm && bits is 8 or 16 or 24 or 32) || (kind == Float && bits == 32);
        if (!known) throw DataFile.Bad(path, $"holds samples of kind {kind} with {bits} bits", "Convert it to 16-bit PCM");
        DataFile.Check(channels > 0 && rate > 0, path, $"says it has {channels} channels at {rate} Hz");
        long frames = bytes / ((long)size * channels);
        DataFile.Check(frames * channels * 4 <= DataFile.LargestArray, path, $"holds {frames} frames, more than a tensor can");
        byte[] raw = new byte[frames * channels * size];
        stream.ReadExactly(raw);
        Tensor samples = Tensor.Empty(Shape.Of(channels, (int)frames));
        Span<float> y = samples.AsSpan<float>();
        for (int t = 0, at = 0; t < frames; t++)
            for (int c = 0; c < channels; c++, at += size) y[(c * (int)frames) + t] = Sample(raw.AsSpan(at, size), kind);
        return new(samples, rate);
    }

    private static float Sample(ReadOnlySpan<byte> x, int kind) => x.Length switch
    {
        1 => (x[0] - 128) / 128f,
        2 => BinaryPrimitives.ReadInt16LittleEndian(x) / 32768f,
        3 => ((x[0] << 8) | (x[1] << 16) | (x[2] << 24)) / 2147483648f,
        _ => kind == Float ? BinaryPrimitives.ReadSingleLittleEndian(x) : BinaryPrimitives.ReadInt32LittleEndian(x) / 2147483648f,
    };

    private static int U16(byte[] format, int at) => BinaryPrimitives.ReadUInt16LittleEndian(format.AsSpan(at));

    private static void Write(Stream stream, Sound sound)
    {
        Ensure.Shape(sound.Samples.Rank == 2, $"Wav: samples are {sound.Samples.Shape}; [channels, T] is needed. Reshape them.");
        (int channels, int frames) = (sound.Samples.Shape[0], sound.Samples.Shape[1]);
        int bytes = checked(2 * channels * frames);
        byte[] file = new byte[44 + bytes];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), 36 + bytes);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), Pcm);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), sound.Rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), sound.Rate * channels * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), (short)(channels * 2));
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), bytes);
        float[] x = sound.Samples.ToArray<float>();
        for (int t = 0, at = 44; t < frames; t++)
            for (int c = 0; c < channels; c++, at += 2)
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), (short)Math.Clamp(MathF.Round(x[(c * frames) + t] * 32768), short.MinValue, short.MaxValue));
        stream.Write(file);
    }
}
