using Dyadic.Kernels.Elementwise;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Elementwise;

public sealed unsafe class IntegerAdditionTests
{
    public static TheoryData<InstructionSet> Sets => [.. InstructionSets.Available];

    // All 65,536 pairs of codes and a tail, for random scales: those the kernel takes, and those it leaves to managed code.
    [Theory]
    [MemberData(nameof(Sets))]
    public void All_pairs_of_codes_give_the_bytes_of_the_definition(InstructionSet set)
    {
        Rng random = new(3);
        int taken = 0, left = 0;
        byte[] a = new byte[65_536 + 13], b = new byte[a.Length], expected = new byte[a.Length];
        for (int i = 0; i < a.Length; i++) (a[i], b[i]) = ((byte)i, (byte)(i >> 8));
        for (int n = 0; n < 60; n++)
        {
            IntFormat left1 = Format(random), right = Format(random), to = Format(random);
            AlignedPair scales = n % 5 == 0
                ? AlignedPair.Of(new(1, 1), new(1, 2))      // ties
                : AlignedPair.Of(DyadicScale.Nearest(0.01 + random.NextDouble()), DyadicScale.Nearest((0.01 + random.NextDouble()) * (n % 7 == 0 ? 30 : 1)));
            IntegerAddition add = new(left1, right, to, scales);
            add.Prepare(set);
            if (add.Kernel(set) is null) left++;
            else taken++;
            Reference.IntegerElementwise.Add(a, b, expected, left1, right, to, scales);
            using FencedMemory x = FencedMemory.Of<byte>(a, true), w = FencedMemory.Of<byte>(b, true), y = new(a.Length, true);
            add.Run(x.Pointer, w.Pointer, y.Pointer, a.Length, new ExecutionMode(SimdWidth.V256, 1 + random.NextInt(2)) { Code = set });
            int different = expected.AsSpan().CommonPrefixLength(y.Span);
            Assert.True(different == a.Length, $"case {n}: {left1} + {right} → {to}, {scales}: element {different}");
        }
        Assert.True(taken > 10 && left > 5, $"{taken} by the kernel, {left} not");
    }

    private static IntFormat Format(Rng random)
    {
        DType type = random.NextInt(2) == 0 ? DType.Int8 : DType.UInt8;
        return IntFormat.Full(type, type == DType.Int8 ? random.NextInt(-128, 128) : random.NextInt(256));
    }
}
