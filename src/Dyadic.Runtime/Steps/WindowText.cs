using System.Globalization;
using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps;

/// <summary>A convolution's window in listings: 3×3/2×2 dilated 2×2 in 4 groups.</summary>
internal static class WindowText
{
    public static string Of(in Window w, int groups)
    {
        string stride = w is { StrideH: 1, StrideW: 1 } ? "" : $"/{w.StrideH}×{w.StrideW}", dilation = w is { DilationH: 1, DilationW: 1 } ? "" : $" dilated {w.DilationH}×{w.DilationW}";
        return string.Create(CultureInfo.InvariantCulture, $"{w.KernelH}×{w.KernelW}{stride}{dilation}{(groups == 1 ? "" : $" in {groups} groups")}");
    }
}
