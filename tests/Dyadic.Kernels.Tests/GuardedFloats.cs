using System.Runtime.InteropServices;

namespace Dyadic.Kernels.Tests;

/// <summary>Floats at an odd address between two guard bands; writing outside of them is found.</summary>
internal sealed unsafe class GuardedFloats : IDisposable
{
    private const int Guard = 64;
    private const float Mark = 1234.5f;
    private readonly float* _memory;

    public GuardedFloats(int length, Func<int, float> value)
    {
        Length = length;
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)(length + 2 * Guard + 1) * sizeof(float), 64);
        new Span<float>(_memory, length + 2 * Guard + 1).Fill(Mark);
        for (int i = 0; i < length; i++) Pointer[i] = value(i);
    }

    public int Length { get; }

    public float* Pointer => _memory + Guard + 1;

    public Span<float> Span => new(Pointer, Length);

    public void AssertGuards()
    {
        Assert.Equal(-1, new Span<float>(_memory, Guard + 1).IndexOfAnyExcept(Mark));
        Assert.Equal(-1, new Span<float>(Pointer + Length, Guard).IndexOfAnyExcept(Mark));
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>Small integers, so that float32 sums of up to 2¹⁸ products are exact and every order gives the same bits.</summary>
    public static Func<int, float> Integers(int salt) => i => (int)((uint)(i * 2654435761u + salt * 40503) >> 7) % 17 - 8;
}
