using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Codes of every type, one by one.</summary>
internal static unsafe class CodeElements
{
    /// <summary>Element <paramref name="i"/>; exact.</summary>
    public static double Read(in TensorView codes, int i) => codes.Type switch
    {
        DType.Int8 => ((sbyte*)codes.Data)[i],
        DType.UInt8 => codes.Data[i],
        DType.Int16 => ((short*)codes.Data)[i],
        DType.UInt16 => ((ushort*)codes.Data)[i],
        DType.Int32 => ((int*)codes.Data)[i],
        _ => StoredNumbers.Read(codes.Type, codes.Data[i]),
    };

    /// <summary>Sets element <paramref name="i"/> to a value: an integer for integers, saturating.</summary>
    public static void Write(in TensorView codes, int i, double value, bool saturate)
    {
        switch (codes.Type)
        {
            case DType.Int8: ((sbyte*)codes.Data)[i] = sbyte.CreateSaturating(value); break;
            case DType.UInt8: codes.Data[i] = byte.CreateSaturating(value); break;
            case DType.Int16: ((short*)codes.Data)[i] = short.CreateSaturating(value); break;
            case DType.UInt16: ((ushort*)codes.Data)[i] = ushort.CreateSaturating(value); break;
            default: codes.Data[i] = StoredNumbers.Write(codes.Type, value, saturate); break;
        }
    }
}
