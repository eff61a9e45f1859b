using System.Runtime.Intrinsics;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Numerics.Tests.Emulation;

public class VprecTests
{
    private static readonly FloatFormat E5M2 = new(5, 2), Fp24 = new(7, 16);

    public static TheoryData<int, int> Formats
    {
        get
        {
            TheoryData<int, int> data = [];
            for (int e = 2; e <= 8; e++)
                foreach (int m in (int[])[1, 2, 3, 5, 7, 10, 16, 22, 23]) data.Add(e, m);
            return data;
        }
    }

    [Fact]
    public void The_values_of_the_specification()
    {
        Assert.Equal(0.333251953125f, FloatFormat.Binary16.Round(1 / 3f));
        Assert.Equal(0.0999755859375f, FloatFormat.Binary16.Round(0.1f));
        Assert.Equal(65504, FloatFormat.Binary16.Round(65519.9f));
        Assert.Equal(float.PositiveInfinity, FloatFormat.Binary16.Round(65520));
        Assert.Equal(1.1920928955078125e-7f, FloatFormat.Binary16.Round(1e-7f));
        Assert.Equal(0, FloatFormat.Binary16.Round((float)Math.ScaleB(1, -25)));
        Assert.Equal((float)Math.ScaleB(1, -24), FloatFormat.Binary16.Round(1.0009765625f * (float)Math.ScaleB(1, -25)));
        Assert.Equal(0.333984375f, FloatFormat.BFloat16.Round(1 / 3f));
        Assert.Equal(3.140625f, FloatFormat.BFloat16.Round(3.14159265f));
        Assert.Equal(65536, FloatFormat.BFloat16.Round(65504));
        Assert.Equal(3.1416015625f, Fp24.Round(3.14159265f));
        Assert.Equal(0.09375f, E5M2.Round(0.1f));
        Assert.Equal(57344, E5M2.MaxValue);
        Vprec<DoubleLane> wide = Vprec<DoubleLane>.Of64(new() { Format64 = new(5, 10) });
        Assert.Equal(138096.07, (2.903225 * 2.903225) * 16384, 2);
        Assert.Equal(double.PositiveInfinity, wide.Multiply(wide.Multiply(new(2.903225), new(2.903225)), new(16384)).Value);
    }

    // Every binary16 value, every value of the format near it, and what lies between: the definition y = rne(x/q)·q, the bits of FloatFormat and the lanes agree.
    [Theory, MemberData(nameof(Formats))]
    public void Every_half_rounds_by_the_definition_in_all_forms(int e, int m)
    {
        FloatFormat format = new(e, m);
        VprecRounding rounding = VprecRounding.Of32(new() { Format32 = format }, false);
        Span<float> lanes = stackalloc float[16];
        for (int code = 0; code < 1 << 16; code += 16)
        {
            for (int i = 0; i < 16; i++) lanes[i] = (float)BitConverter.UInt16BitsToHalf((ushort)(code + i)) * (1 + ((code >> 4) & 7) * 1.1920929e-7f);
            Vector512<float> rounded = FloatLanes.Round(new(Vector512.Create<float>(lanes)), in rounding).Values;
            for (int i = 0; i < 16; i++)
            {
                float expected = Definition(lanes[i], e, m);
                Same(expected, format.Round(lanes[i]));
                Same(expected, rounded[i]);
                Same(expected, (float)new WideFormat(e, m).Round(lanes[i]));
            }
        }
    }

    // Exponents of float32 that binary16 does not reach, random mantissas, subnormals and overflow included.
    [Theory, MemberData(nameof(Formats))]
    public void So_do_floats_of_every_exponent(int e, int m)
    {
        FloatFormat format = new(e, m);
        VprecRounding rounding = VprecRounding.Of32(new() { Format32 = format }, false);
        Rng rng = new(3);
        for (int n = 0; n < 4000; n++)
        {
            float x = BitConverter.UInt32BitsToSingle(rng.NextUInt32());
            Same(Definition(x, e, m), format.Round(x));
            Same(format.Round(x), FloatLanes.Round(new(Vector512.Create(x)), in rounding).Values[n & 15]);
            Same(format.Round(x), format.Round(format.Round(x)));
            Same(-format.Round(x), format.Round(-x));
            float next = MathF.BitIncrement(x);
            if (!float.IsNaN(x) && !float.IsNaN(next)) Assert.True(format.Round(x) <= format.Round(next));
        }
    }

    [Fact]
    public void The_widest_formats_change_nothing()
    {
        Rng rng = new(5);
        for (int n = 0; n < 20_000; n++)
        {
            float x = BitConverter.UInt32BitsToSingle(rng.NextUInt32());
            double z = BitConverter.UInt64BitsToDouble(rng.NextUInt64());
            Same(x, FloatFormat.Binary32.Round(x));
            Assert.Equal(z, WideFormat.Binary64.Round(z));
        }
    }

    [Fact]
    public void Results_or_operands_are_rounded()
    {
        FloatLane a = new(1.1f), b = new(1.3f);
        float ra = E5M2.Round(1.1f), rb = E5M2.Round(1.3f);
        Assert.Equal(1.1f * 1.3f, Of(FloatFormat.Binary32, EmulationMode.Full).Multiply(a, b).Value);
        Assert.Equal(E5M2.Round(1.1f * 1.3f), Of(E5M2, EmulationMode.Outbound).Multiply(a, b).Value);
        Assert.Equal(ra * rb, Of(E5M2, EmulationMode.Inbound).Multiply(a, b).Value);
        Assert.Equal(E5M2.Round(ra * rb), Of(E5M2, EmulationMode.Full).Multiply(a, b).Value);
        Assert.Equal(E5M2.Round(1.1f - 1.3f), Of(E5M2, EmulationMode.Outbound).Subtract(a, b).Value);
        Assert.Equal(E5M2.Round(1.1f / 1.3f), Of(E5M2, EmulationMode.Outbound).Divide(a, b).Value);
        Assert.Equal(E5M2.Round(MathF.Sqrt(1.1f)), Of(E5M2, EmulationMode.Outbound).Sqrt(a).Value);
    }

    // Through float32 it would be rounded to 1 + 2⁻¹¹ first, a tie, and go down to 1.
    [Fact]
    public void A_cast_rounds_once() =>
        Assert.Equal(1 + Math.ScaleB(1, -10), Of(FloatFormat.Binary16, EmulationMode.Outbound).Narrow(1 + Math.ScaleB(1, -11) + Math.ScaleB(1, -40)).Value);

    [Fact]
    public void Subnormals_may_be_flushed()
    {
        VprecOptions options = new() { Format32 = FloatFormat.Binary16, Mode = EmulationMode.Full };
        FloatLane small = new((float)Math.ScaleB(1, -20)), minusOne = new(-1);
        Assert.Equal(-small.Value, Vprec<FloatLane>.Of32(options).Multiply(small, minusOne).Value);
        foreach (VprecOptions flushing in (VprecOptions[])[options with { FlushToZero = true }, options with { DenormalsAreZero = true }])
            Same(-0f, Vprec<FloatLane>.Of32(flushing).Multiply(small, minusOne).Value);
        Assert.Equal((float)Math.ScaleB(1, -14), Vprec<FloatLane>.Of32(options with { FlushToZero = true }).Multiply(new((float)Math.ScaleB(1, -14)), new(1)).Value);
    }

    // E = −3: below 1/16 zero, from there to 1/8 one eighth, multiples of 1/8 above.
    [Theory]
    [InlineData(0.0624, 0, 0)]
    [InlineData(0.0625, 0.125, 0.125)]
    [InlineData(0.11, 0.125, 0.125)]
    [InlineData(-0.3, -0.25, -0.25)]
    [InlineData(5.3, 5.25, 5)]
    [InlineData(123.4, 123.375, 128)]
    public void An_absolute_error_limits_the_digits(double x, double absolute, double both)
    {
        VprecOptions options = new() { Format32 = E5M2, ErrorExponent = -3 };
        Assert.Equal((float)absolute, VprecRounding.Of32(options, false).Round((float)x));
        Assert.Equal((float)both, VprecRounding.Of32(options with { ErrorAndMantissa = true }, false).Round((float)x));
    }

    [Fact]
    public void A_format_without_infinities_is_refused() => Assert.Throws<PrecisionException>(() => new VprecOptions { Format32 = FloatFormat.E4M3 });

    private static Vprec<FloatLane> Of(FloatFormat format, EmulationMode mode) => Vprec<FloatLane>.Of32(new() { Format32 = format, Mode = mode });

    // y = rne(x / 2^(max(e, emin) − p))·2^(max(e, emin) − p); infinity from 2^(emax + 1) on after rounding.
    private static float Definition(float x, int exponentBits, int p)
    {
        if (x == 0 || !float.IsFinite(x)) return x;
        int max = (1 << (exponentBits - 1)) - 1, quantum = Math.Max((int)Math.Floor(Math.Log2(Math.Abs((double)x))), 1 - max) - p;
        double y = Math.Round(x / Math.ScaleB(1, quantum), MidpointRounding.ToEven) * Math.ScaleB(1, quantum);
        return Math.Abs(y) >= Math.ScaleB(1, max + 1) ? MathF.CopySign(float.PositiveInfinity, x) : (float)y;
    }

    private static void Same(float expected, float actual) =>
        Assert.True(float.IsNaN(expected) ? float.IsNaN(actual) : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual), $"{expected:R} was expected, {actual:R} came.");
}
