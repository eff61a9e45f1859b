using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Dyadic.Kernels.Managed;

/// <summary>The two-vector shuffles of a 4×4 transpose, which the portable vector API lacks.</summary>
internal static class Interleave
{
    /// <summary>x₀ y₀ x₁ y₁.</summary>
    public static Vector128<float> Low(Vector128<float> x, Vector128<float> y) => Low(x.AsInt32(), y.AsInt32()).AsSingle();

    /// <summary>x₂ y₂ x₃ y₃.</summary>
    public static Vector128<float> High(Vector128<float> x, Vector128<float> y) => High(x.AsInt32(), y.AsInt32()).AsSingle();

    /// <summary>x₀ x₁ y₀ y₁.</summary>
    public static Vector128<float> LowPairs(Vector128<float> x, Vector128<float> y) => LowPairs(x.AsInt32(), y.AsInt32()).AsSingle();

    /// <summary>x₂ x₃ y₂ y₃.</summary>
    public static Vector128<float> HighPairs(Vector128<float> x, Vector128<float> y) => HighPairs(x.AsInt32(), y.AsInt32()).AsSingle();

    /// <summary>x₀ y₀ x₁ y₁.</summary>
    public static Vector128<int> Low(Vector128<int> x, Vector128<int> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x, y) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : Vector128.Create(x[0], y[0], x[1], y[1]);

    /// <summary>x₂ y₂ x₃ y₃.</summary>
    public static Vector128<int> High(Vector128<int> x, Vector128<int> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x, y) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : Vector128.Create(x[2], y[2], x[3], y[3]);

    /// <summary>x₀ x₁ y₀ y₁.</summary>
    public static Vector128<int> LowPairs(Vector128<int> x, Vector128<int> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x.AsInt64(), y.AsInt64()).AsInt32() : Vector128.Create(x.GetLower(), y.GetLower());

    /// <summary>x₂ x₃ y₂ y₃.</summary>
    public static Vector128<int> HighPairs(Vector128<int> x, Vector128<int> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x.AsInt64(), y.AsInt64()).AsInt32() : Vector128.Create(x.GetUpper(), y.GetUpper());

    /// <summary>x₀ y₀ x₁ y₁ … of the lower halves.</summary>
    public static Vector128<byte> LowBytes(Vector128<byte> x, Vector128<byte> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x, y) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : (Vector128.WidenLower(x) | Vector128.WidenLower(y) << 8).AsByte();

    /// <summary>x₈ y₈ x₉ y₉ … of the upper halves.</summary>
    public static Vector128<byte> HighBytes(Vector128<byte> x, Vector128<byte> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x, y) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : (Vector128.WidenUpper(x) | Vector128.WidenUpper(y) << 8).AsByte();
}
