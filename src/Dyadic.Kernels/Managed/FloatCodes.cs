using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>float32 to 8-bit codes and back, with one scale and one zero point.</summary>
public static unsafe class FloatCodes
{
    private const int Grain = 1 << 13;

    /// <summary>q = saturate(⌊x/s⌉ + z), ties to even; NaN gives z.</summary>
    /// <param name="x">Values.</param>
    /// <param name="q">As many codes.</param>
    /// <param name="count">How many.</param>
    /// <param name="scale">s.</param>
    /// <param name="to">Type and zero point; the range is the whole type.</param>
    /// <param name="mode">Threads.</param>
    public static void Quantize(float* x, byte* q, int count, float scale, IntFormat to, in ExecutionMode mode)
    {
        QuantizeBody body = new(x, q, scale, to);
        WorkerPool.For(count, mode, ref body, Grain);
    }

    /// <summary>x = (q − z)·s.</summary>
    /// <param name="q">Codes.</param>
    /// <param name="x">As many values.</param>
    /// <param name="count">How many.</param>
    /// <param name="scale">s.</param>
    /// <param name="from">Type and zero point.</param>
    /// <param name="mode">Threads.</param>
    public static void Dequantize(byte* q, float* x, int count, float scale, IntFormat from, in ExecutionMode mode)
    {
        DequantizeBody body = new(q, x, scale, from);
        WorkerPool.For(count, mode, ref body, Grain);
    }

    private readonly struct QuantizeBody(float* x, byte* q, float scale, IntFormat to) : IParallelBody
    {
        public void Run(int start, int end)
        {
            IntFormat full = IntFormat.Full(to.Type, to.Zero);
            float low = full.Lo - to.Zero, high = full.Hi - to.Zero;      // exact, so that z can be added in integers
            int i = start;
            if (Vector512.IsHardwareAccelerated)
                for (; i <= end - 64; i += 64) Narrowed(Codes512(i, low, high), Codes512(i + 16, low, high), Codes512(i + 32, low, high), Codes512(i + 48, low, high)).Store(q + i);
            for (; i <= end - 32; i += 32) Narrowed(Codes256(i, low, high), Codes256(i + 8, low, high), Codes256(i + 16, low, high), Codes256(i + 24, low, high)).Store(q + i);
            for (; i < end; i++)
            {
                float y = MathF.Round(x[i] / scale, MidpointRounding.ToEven);
                q[i] = IntFormat.Write(float.IsNaN(y) ? to.Zero : (int)Math.Clamp(y, low, high) + to.Zero);
            }
        }

        private Vector512<int> Codes512(int at, float low, float high)
        {
            Vector512<float> y = Vector512.Round(Vector512.Load(x + at) / scale);
            y &= Vector512.Equals(y, y);
            return Vector512.ConvertToInt32(Vector512.Min(Vector512.Max(y, Vector512.Create(low)), Vector512.Create(high))) + Vector512.Create(to.Zero);
        }

        private Vector256<int> Codes256(int at, float low, float high)
        {
            Vector256<float> y = Vector256.Round(Vector256.Load(x + at) / scale);
            y &= Vector256.Equals(y, y);
            return Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(y, Vector256.Create(low)), Vector256.Create(high))) + Vector256.Create(to.Zero);
        }

        private static Vector512<byte> Narrowed(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) =>
            Vector512.Narrow(Vector512.Narrow(a, b).AsUInt16(), Vector512.Narrow(c, d).AsUInt16());

        private static Vector256<byte> Narrowed(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) =>
            Vector256.Narrow(Vector256.Narrow(a, b).AsUInt16(), Vector256.Narrow(c, d).AsUInt16());
    }

    private readonly struct DequantizeBody(byte* q, float* x, float scale, IntFormat from) : IParallelBody
    {
        public void Run(int start, int end)
        {
            byte flip = (byte)(from.Signed ? 0x80 : 0);      // a signed code is its bits with the top one flipped, minus 128
            int zero = from.Zero + flip, i = start;
            if (Vector512.IsHardwareAccelerated)
                for (; i <= end - 64; i += 64)
                {
                    (Vector512<ushort> low, Vector512<ushort> high) = Vector512.Widen(Vector512.Load(q + i) ^ Vector512.Create(flip));
                    Store(low, zero, x + i);
                    Store(high, zero, x + i + 32);
                }
            for (; i <= end - 32; i += 32)
            {
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(q + i) ^ Vector256.Create(flip));
                Store(low, zero, x + i);
                Store(high, zero, x + i + 16);
            }
            for (; i < end; i++) x[i] = (from.Read(q[i]) - from.Zero) * scale;
        }

        private void Store(Vector512<ushort> codes, int zero, float* to)
        {
            (Vector512<uint> low, Vector512<uint> high) = Vector512.Widen(codes);
            (Vector512.ConvertToSingle(low.AsInt32() - Vector512.Create(zero)) * scale).Store(to);
            (Vector512.ConvertToSingle(high.AsInt32() - Vector512.Create(zero)) * scale).Store(to + 16);
        }

        private void Store(Vector256<ushort> codes, int zero, float* to)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(codes);
            (Vector256.ConvertToSingle(low.AsInt32() - Vector256.Create(zero)) * scale).Store(to);
            (Vector256.ConvertToSingle(high.AsInt32() - Vector256.Create(zero)) * scale).Store(to + 8);
        }
    }
}
