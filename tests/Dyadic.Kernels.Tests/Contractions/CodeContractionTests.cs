using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Contractions;

/// <summary>Sums of codes of any two widths equal the plain loops, on every rung.</summary>
public sealed unsafe class CodeContractionTests
{
    private static readonly int[] Widths = [2, 4, 8, 9, 12, 16];

    [Fact]
    public void Convolutions_equal_the_plain_loops()
    {
        Rng random = new(5);
        for (int trial = 0; trial < 60; trial++)
        {
            WindowSizes s = ConvCase.Next(random);
            (int bx, int bw) = (Widths[random.NextInt(Widths.Length)], Widths[random.NextInt(Widths.Length)]);
            int inner = s.Channels / s.Groups * s.Window.Taps;
            CheckBoth(in s, Codes(random, s.Batch * s.Height * s.Width * s.Channels, bx), bx, Codes(random, s.OutChannels * inner, bw), bw, byColumns: false);
        }
    }

    [Fact]
    public void Products_equal_the_plain_loops_by_rows_and_by_columns()
    {
        Rng random = new(6);
        for (int trial = 0; trial < 60; trial++)
        {
            (int rows, int inner, int outs) = (1 + random.NextInt(40), 1 + random.NextInt(90), 1 + random.NextInt(70));
            (int bx, int bw) = (Widths[random.NextInt(Widths.Length)], Widths[random.NextInt(Widths.Length)]);
            WindowSizes s = CodeContraction.Product(rows, inner, outs);
            CheckBoth(in s, Codes(random, rows * inner, bx), bx, Codes(random, outs * inner, bw), bw, random.NextInt(2) == 0);
        }
    }

    [Fact]
    public void Weight_gradients_equal_the_plain_loops()
    {
        Rng random = new(7);
        for (int trial = 0; trial < 60; trial++)
        {
            WindowSizes s = ConvCase.Next(random);
            (int bx, int by) = (Widths[random.NextInt(Widths.Length)], Widths[random.NextInt(Widths.Length)]);
            short[] x = Codes(random, s.Batch * s.Height * s.Width * s.Channels, bx), dy = Codes(random, s.Batch * s.OutHeight * s.OutWidth * s.OutChannels, by);
            long[] expected = new long[s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps], actual = new long[expected.Length];
            using Pinned px = new(x, bx), py = new(dy, by);
            fixed (long* to = expected) CodeSums.WeightGradient(in s, px.Operand, py.Operand, to);
            foreach (ExecutionMode mode in Modes)
            {
                fixed (long* to = actual) CodeWeightGradient.Run(in s, px.Operand, py.Operand, to, in mode);
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{s}, {bx} × {by} bits, {mode.Rung}");
            }
        }
    }

    // Sixteen-bit codes at their ends: each digit is at its bound, and one sum is 2³⁰ times the number of terms.
    [Fact]
    public void Sums_of_the_largest_codes_are_exact()
    {
        WindowSizes s = CodeContraction.Product(3, 700, 5);
        short[] x = new short[3 * 700], w = new short[5 * 700];
        Array.Fill(x, short.MaxValue);
        Array.Fill(w, (short)-short.MaxValue);
        Assert.False(CodeContraction.Fits(700, 16, 16));
        CheckBoth(in s, x, 16, w, 16, byColumns: false);
        Assert.Equal(133_144, Enumerable.Range(1, 200_000).Last(k => CodeContraction.Fits(k, 8, 8)));
    }

    private static IEnumerable<ExecutionMode> Modes => ExecutionMode.Rungs.Append(ExecutionMode.Default with { Threads = 3 });

    private static void CheckBoth(in WindowSizes s, short[] x, int bx, short[] w, int bw, bool byColumns)
    {
        using Pinned px = new(x, bx), pw = new(w, bw);
        long[] expected = new long[s.Batch * s.OutHeight * s.OutWidth * s.OutChannels], wide = new long[expected.Length];
        int[] sums = new int[expected.Length];
        fixed (long* to = expected) CodeSums.Conv(in s, px.Operand, pw.Operand, byColumns, to, new(SimdWidth.Scalar, 1));
        bool fits = CodeContraction.Fits(s.Channels / s.Groups * s.Window.Taps, bx, bw);
        foreach (ExecutionMode mode in Modes)
        {
            fixed (long* to = wide) CodeContraction.Run(in s, px.Operand, pw.Operand, byColumns, to, in mode);
            Assert.True(expected.AsSpan().SequenceEqual(wide), $"int64: {s}, {bx} × {bw} bits, {mode.Rung}");
            if (!fits) continue;
            fixed (int* to = sums) Assert.Equal((ulong)expected.Max(Math.Abs), CodeContraction.Run(in s, px.Operand, pw.Operand, byColumns, to, in mode));
            Assert.True(Array.ConvertAll(sums, v => (long)v).AsSpan().SequenceEqual(expected), $"int32: {s}, {bx} × {bw} bits, {mode.Rung}");
        }
    }

    private static short[] Codes(Rng random, int count, int bits)
    {
        int most = (1 << (bits - 1)) - 1;
        short[] codes = new short[count];
        for (int i = 0; i < count; i++) codes[i] = (short)(random.NextInt(2 * most + 1) - most);
        return codes;
    }

    // Codes in memory of their width.
    private sealed class Pinned : IDisposable
    {
        private readonly nint _memory;

        public Pinned(short[] codes, int bits)
        {
            _memory = (nint)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)(2 * codes.Length + 1));
            Operand = new(_memory, bits);
            for (int i = 0; i < codes.Length; i++)
                if (Operand.AreBytes) Operand.Bytes[i] = (sbyte)codes[i];
                else Operand.Shorts[i] = codes[i];
        }

        public CodeOperand Operand { get; }

        public void Dispose() => System.Runtime.InteropServices.NativeMemory.Free((void*)_memory);
    }
}
