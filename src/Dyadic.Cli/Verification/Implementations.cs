using System.Reflection;

namespace Dyadic.Cli.Verification;

/// <summary>Which methods a virtual call may reach.</summary>
internal static class Implementations
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    /// <summary>The method of <paramref name="type"/> that a constrained call of <paramref name="slot"/> runs, or null.</summary>
    public static MethodBase? OnType(MethodBase slot, Type type)
    {
        if (slot is not MethodInfo info || slot.DeclaringType is not { } declaring) return null;
        if (!declaring.IsInterface) return type.GetMethods(Any).FirstOrDefault(m => m.GetBaseDefinition() == info.GetBaseDefinition());
        if (type.IsInterface || type.IsGenericParameter || !declaring.IsAssignableFrom(type)) return null;
        InterfaceMapping map = type.GetInterfaceMap(declaring);
        MethodInfo wanted = info.IsGenericMethod ? info.GetGenericMethodDefinition() : info;
        int index = Array.FindIndex(map.InterfaceMethods, m => (m.IsGenericMethod ? m.GetGenericMethodDefinition() : m) == wanted);
        if (index < 0 || map.TargetMethods[index] is not { } target) return null;
        return info.IsGenericMethod ? target.MakeGenericMethod(info.GetGenericArguments()) : target;
    }

    /// <summary>The overrides and implementations of <paramref name="slot"/> in the concrete types among <paramref name="types"/>.</summary>
    public static IEnumerable<MethodBase> Of(MethodInfo slot, IEnumerable<Type> types)
    {
        Type declaring = slot.DeclaringType!;
        foreach (Type type in types)
        {
            if (type.IsAbstract || type.ContainsGenericParameters || type == declaring || !declaring.IsAssignableFrom(type)) continue;
            if (OnType(slot, type) is { } implementation) yield return implementation;
        }
    }
}
