using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Conversion between the 16-bit storage formats and float32, for steps that compute in float32.</summary>
internal static unsafe class NarrowFloats
{
    /// <summary>target[i] = source[i·step] for step 0 or 1.</summary>
    public static void Widen(DType type, byte* source, int step, Span<float> target)
    {
        int n = step == 0 ? 1 : target.Length;
        if (type == DType.Float16) Primitives.ConvertToSingle(new ReadOnlySpan<Half>(source, n), target);
        else
        {
            var values = (BFloat16*)source;
            for (int i = 0; i < n; i++) target[i] = (float)values[i];
        }
        if (step == 0) target.Fill(target[0]);
    }

    /// <summary>target[i] = source[i], rounded to nearest, ties to even.</summary>
    public static void Narrow(DType type, ReadOnlySpan<float> source, byte* target)
    {
        if (type == DType.Float16)
        {
            Primitives.ConvertToHalf(source, new Span<Half>(target, source.Length));
            return;
        }
        var values = (BFloat16*)target;
        for (int i = 0; i < source.Length; i++) values[i] = (BFloat16)source[i];
    }
}
