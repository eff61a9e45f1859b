using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Dyadic.Kernels.Contractions;

/// <summary>SDOT of Arm64: FEAT_DotProd, optional from Armv8.2 on and part of Armv8.4.</summary>
internal readonly struct ArmDot : IByteDot
{
    /// <summary>True where this machine has it.</summary>
    public static bool IsSupported => Dp.IsSupported && AdvSimd.Arm64.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> sum, Vector128<sbyte> w, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte step) =>
        Dp.DotProductBySelectedQuadruplet(sum, w, x, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyHigh(Vector128<int> a, Vector128<int> b) =>
        AdvSimd.Arm64.UnzipOdd(AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()).AsInt32(), AdvSimd.MultiplyWideningUpper(a, b).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRight(Vector128<int> a, Vector128<int> counts) => AdvSimd.ShiftArithmetic(a, -counts);
}
