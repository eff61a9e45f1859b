using System.Numerics;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps;

/// <summary>The body of a step, written once for all numbers.</summary>
internal interface ITypedBody
{
    void Run<T>() where T : unmanaged, INumber<T>;
}

/// <summary>Calls a body with the .NET type of an element type.</summary>
internal static class TypedBody
{
    /// <summary>Runs the body for numbers of type <paramref name="type"/>.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="body">The body.</param>
    /// <param name="kernel">For the error.</param>
    /// <param name="boolean">Bool counts as bytes of 0 and 1, else it is refused.</param>
    /// <exception cref="PlanException">The type is Bool and refused, or bfloat16, which .NET has no number of.</exception>
    public static void Run<TBody>(DType type, TBody body, string kernel, bool boolean = true) where TBody : ITypedBody, allows ref struct
    {
        switch (type)
        {
            case DType.Float32: body.Run<float>(); break;
            case DType.Float64: body.Run<double>(); break;
            case DType.Float16: body.Run<Half>(); break;
            case DType.Int8: body.Run<sbyte>(); break;
            case DType.UInt8: case DType.Bool when boolean: body.Run<byte>(); break;
            case DType.Int16: body.Run<short>(); break;
            case DType.UInt16: body.Run<ushort>(); break;
            case DType.Int32: body.Run<int>(); break;
            case DType.UInt32: body.Run<uint>(); break;
            case DType.Int64: body.Run<long>(); break;
            case DType.UInt64: body.Run<ulong>(); break;
            default: throw new PlanException($"{kernel}: element type {type} is not supported. Cast to float32 first.");
        }
    }
}
