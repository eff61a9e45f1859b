namespace Dyadic.Onnx;

/// <summary>Element types and their codes in TensorProto.data_type, which ONNX Runtime's C interface uses too.</summary>
public static class ElementTypes
{
    private static readonly string[] Names =
    [
        "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64",
        "COMPLEX64", "COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4", "INT4", "FLOAT4E2M1",
    ];

    /// <summary>The element type of a code, or null where there is none here.</summary>
    public static DType? Of(int code) => code switch
    {
        1 => DType.Float32,
        2 => DType.UInt8,
        3 => DType.Int8,
        4 => DType.UInt16,
        5 => DType.Int16,
        6 => DType.Int32,
        7 => DType.Int64,
        8 => DType.String,
        9 => DType.Bool,
        10 => DType.Float16,
        11 => DType.Float64,
        12 => DType.UInt32,
        13 => DType.UInt64,
        16 => DType.BFloat16,
        17 => DType.Float8E4M3FN,
        18 => DType.Float8E4M3FNUZ,
        19 => DType.Float8E5M2,
        20 => DType.Float8E5M2FNUZ,
        21 => DType.UInt4,
        22 => DType.Int4,
        _ => null,
    };

    /// <summary>The code of an element type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no element type.</exception>
    public static int CodeOf(DType type) => type switch
    {
        DType.Float32 => 1,
        DType.UInt8 => 2,
        DType.Int8 => 3,
        DType.UInt16 => 4,
        DType.Int16 => 5,
        DType.Int32 => 6,
        DType.Int64 => 7,
        DType.String => 8,
        DType.Bool => 9,
        DType.Float16 => 10,
        DType.Float64 => 11,
        DType.UInt32 => 12,
        DType.UInt64 => 13,
        DType.BFloat16 => 16,
        DType.Float8E4M3FN => 17,
        DType.Float8E4M3FNUZ => 18,
        DType.Float8E5M2 => 19,
        DType.Float8E5M2FNUZ => 20,
        DType.UInt4 => 21,
        DType.Int4 => 22,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The code that the standard calls <paramref name="name"/>, or −1.</summary>
    internal static int CodeOf(string name) => Array.IndexOf(Names, name.ToUpperInvariant());

    /// <summary>The standard's name of a code.</summary>
    public static string NameOf(int code) => code >= 0 && code < Names.Length ? Names[code] : $"type {code}";
}
