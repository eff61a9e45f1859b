using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Numerics;

public readonly partial record struct FloatFormat
{
    /// <summary>The constants by which <see cref="Lanes.Round"/> rounds sixteen numbers to this format, to nearest.</summary>
    internal Lanes ToLanes() => new(this);

    /// <summary>Rounding of sixteen floats at once to a format that has infinities and does not saturate; equal to <see cref="FloatFormat.Round(float, Rounding, ulong)"/>.</summary>
    internal readonly struct Lanes
    {
        private readonly int _drop;
        private readonly uint _half, _odd, _keep, _least, _max;
        private readonly float _shifter;                     // its unit in the last place is the smallest subnormal

        public Lanes(FloatFormat format)
        {
            _drop = format.Drop;
            _half = _drop == 0 ? 0 : (1u << (_drop - 1)) - 1;
            _odd = _drop == 0 ? 0u : 1;
            _keep = uint.MaxValue << _drop;
            (_least, _max) = (format.MinNormalBits, format.MaxBits);
            _shifter = (float)Math.ScaleB(1, 1 - format.Bias - format.MantissaBits + 23);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Round(Vector512<float> x)
        {
            Vector512<uint> bits = x.AsUInt32(), magnitude = bits & Vector512.Create(0x7FFF_FFFFu);
            Vector512<uint> odd = Vector512.ShiftRightLogical(magnitude, _drop) & Vector512.Create(_odd);
            Vector512<uint> rounded = (magnitude + Vector512.Create(_half) + odd) & Vector512.Create(_keep);                             // (3)
            Vector512<float> shifter = Vector512.Create(_shifter);
            Vector512<uint> small = (magnitude.AsSingle() + shifter - shifter).AsUInt32();                                               // (4)
            rounded = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(_least)), small, rounded);
            rounded = Vector512.ConditionalSelect(Vector512.GreaterThan(rounded, Vector512.Create(_max)), Vector512.Create(InfinityBits), rounded);   // (5)
            rounded = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(InfinityBits)), magnitude, rounded);
            return (rounded | (bits & Vector512.Create(0x8000_0000u))).AsSingle();
        }
    }
}
