using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The weight of an element at a distance d, by which four neighbours make a value between them.</summary>
/// <remarks>Keys 1981, "Cubic convolution interpolation", eq. (4), with his coefficient a.</remarks>
internal static class CubicConvolution
{
    /// <summary>d ≤ 1: (a + 2)·d³ − (a + 3)·d² + 1.</summary>
    public static T Inner<T>(T d, float a) where T : IFloatingPointIeee754<T> => (((T.CreateChecked(a + 2) * d) - T.CreateChecked(a + 3)) * d * d) + T.One;

    /// <summary>1 &lt; d &lt; 2: a·(d³ − 5·d² + 8·d − 4).</summary>
    public static T Outer<T>(T d, float a) where T : IFloatingPointIeee754<T> => T.CreateChecked(a) * (((((d - T.CreateChecked(5)) * d) + T.CreateChecked(8)) * d) - T.CreateChecked(4));
}
