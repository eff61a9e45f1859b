using System.Buffers.Binary;
using Dyadic.Data;

namespace Dyadic.Core.Tests.Data.Media;

public sealed class WavTests
{
    private static byte[] File(int kind, int channels, int bits, byte[] data, uint? length = null)
    {
        byte[] file = [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVE"u8, .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0, .. "fmt "u8, 16, 0, 0, 0, (byte)kind, 0, (byte)channels, 0, 0x80, 0x3E, 0, 0, 0, 0, 0, 0, 0, 0, (byte)bits, 0, .. "data"u8, 0, 0, 0, 0, .. data];
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - data.Length - 4), length ?? (uint)data.Length);
        return file;
    }

    private static Sound Read(byte[] bytes)
    {
        using Folder folder = new();
        System.IO.File.WriteAllBytes(folder.At("sound.wav"), bytes);
        return Wav.Read(folder.At("sound.wav"));
    }

    [Fact]
    public void Every_16_bit_number_comes_back()
    {
        using Folder folder = new();
        Tensor all = Tensor.From<float>([.. Enumerable.Range(-32768, 65536).Select(i => i / 32768f)], Shape.Of(2, 32768));
        Wav.Write(folder.At("a.wav"), new(all, 8000));
        Sound back = Wav.Read(folder.At("a.wav"));
        Assert.Equal(8000, back.Rate);
        Assert.Equal([2, 32768], back.Samples.Shape.ToArray());
        Assert.Equal(all.ToArray<float>(), back.Samples.ToArray<float>());
        Assert.Equal(Enumerable.Range(0, 32768).Select(t => (((t - 32768) / 32768f) + (t / 32768f)) / 2), back.Mono.ToArray<float>());
        Wav.Write(folder.At("loud.wav"), new(Tensor.From([2f, -2], Shape.Of(1, 2)), 8000));
        Assert.Equal([32767 / 32768f, -1], Wav.Read(folder.At("loud.wav")).Mono.ToArray<float>());
    }

    [Fact]
    public void Other_numbers_are_read()
    {
        Assert.Equal([-1f, 0, 0.5f], Read(File(1, 1, 8, [0, 128, 192])).Mono.ToArray<float>());
        Assert.Equal([0.5f, -1], Read(File(1, 1, 24, [0, 0, 0x40, 0, 0, 0x80])).Mono.ToArray<float>());
        Assert.Equal([0.5f, -1], Read(File(1, 1, 32, [0, 0, 0, 0x40, 0, 0, 0, 0x80])).Mono.ToArray<float>());
        Assert.Equal([0.75f], Read(File(3, 1, 32, BitConverter.GetBytes(0.75f))).Mono.ToArray<float>());
        Assert.Equal([0.5f, -0.5f], Read(File(1, 2, 16, [0, 0x40, 0, 0xC0])).Samples.ToArray<float>());
        Assert.Equal(16000, Read(File(1, 1, 8, [0], uint.MaxValue)).Rate);
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using Folder folder = new();
        folder.Damage(File(1, 1, 16, [1, 2, 3, 4]), "bad.wav", path => Wav.Read(path));
        System.IO.File.WriteAllBytes(folder.At("odd.wav"), File(2, 1, 4, [1, 2]));
        Assert.Contains("16-bit PCM", Assert.Throws<InvalidDataException>(() => Wav.Read(folder.At("odd.wav"))).Message);
    }
}
