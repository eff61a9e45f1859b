using System.Reflection;
using Dyadic.Numerics;

namespace Dyadic.Cli.Verification;

/// <summary>Which types hold floating-point numbers.</summary>
internal static class FloatTypes
{
    private static readonly HashSet<Type> Floats = [typeof(float), typeof(double), typeof(Half), typeof(decimal), typeof(BFloat16), typeof(System.Numerics.Complex)];

    /// <summary>True for a floating-point type, and for arrays, pointers, references and generic types made of one.</summary>
    public static bool Contains(Type type)
    {
        if (Floats.Contains(type)) return true;
        if (type.HasElementType) return Contains(type.GetElementType()!);
        return type.IsGenericType && type.GetGenericArguments().Any(Contains);
    }

    /// <summary>What is floating-point in a method's signature or generic arguments, or null.</summary>
    public static string? InSignature(MethodBase method)
    {
        ParameterInfo? parameter = method.GetParameters().FirstOrDefault(p => Contains(p.ParameterType));
        if (parameter is not null) return $"parameter {parameter.Name} of type {parameter.ParameterType.Name}";
        if (method is MethodInfo { ReturnType: var result } && Contains(result)) return $"result of type {result.Name}";
        if (method.DeclaringType is { } declaring && Contains(declaring)) return $"type {declaring.Name} of floating-point numbers";
        return method.IsGenericMethod && method.GetGenericArguments().Any(Contains) ? "a floating-point type argument" : null;
    }
}
