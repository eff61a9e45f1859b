namespace Dyadic.Numerics;

/// <summary>The unit of an integer function's argument.</summary>
internal static class FunctionScale
{
    /// <summary>Throws unless it is positive and finite.</summary>
    public static void Check(double scale)
    {
        if (!(scale > 0 && double.IsFinite(scale))) throw new PrecisionException($"An integer function takes a positive scale, not {scale}.");
    }
}
