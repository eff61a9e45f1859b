using System.Reflection;

namespace Dyadic.Cli.Verification;

/// <summary>Readable names of methods: Type.Method&lt;arguments&gt;(parameters).</summary>
internal static class MethodNames
{
    public static string Of(MethodBase method)
    {
        string arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Of))}>" : "";
        string owner = method.DeclaringType is { } declaring ? Of(declaring) + "." : "";
        return $"{owner}{method.Name}{arguments}({string.Join(", ", method.GetParameters().Select(p => Of(p.ParameterType)))})";
    }

    private static string Of(Type type)
    {
        if (type.IsByRef) return "ref " + Of(type.GetElementType()!);
        if (type.IsPointer) return Of(type.GetElementType()!) + "*";
        if (type.IsArray) return Of(type.GetElementType()!) + "[]";
        string outer = type is { IsNested: true, IsGenericParameter: false } ? Of(type.DeclaringType!) + "." : "";
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        string name = tick < 0 ? type.Name : type.Name[..tick];
        return type.IsGenericType && tick >= 0 ? $"{outer}{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : outer + name;
    }
}
