using System.Reflection;

namespace Dyadic.Cli.Verification;

/// <summary>
/// Platform types whose methods, with no floating-point type in their signature, compute on integers, memory and threads only. Formatting
/// and exceptions are on it because they run only when a call fails.
/// </summary>
internal static class PlatformAllowList
{
    private static readonly string[] Namespaces = ["System.Runtime.Intrinsics", "System.Runtime.CompilerServices", "System.Runtime.InteropServices", "System.Threading", "System.Diagnostics", "System.Collections", "System.Runtime.ExceptionServices"];

    private static readonly HashSet<string> Types =
    [
        "Span`1", "ReadOnlySpan`1", "ReadOnlyMemory`1", "MemoryExtensions", "Math", "BitConverter", "Buffer", "Array", "Object", "String", "GC", "Nullable`1", "ValueType", "Enum", "Delegate", "ValueTuple`2",
        "MulticastDelegate", "IDisposable", "Environment", "Type", "RuntimeTypeHandle", "Action", "Func`1", "Action`1", "Action`2",
        "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Int128", "UInt128", "IntPtr", "UIntPtr", "Boolean", "Char", "BitOperations", "Vector", "Vector`1",
    ];

    public static bool Allows(MethodBase method)
    {
        if (method.DeclaringType is not { } type) return false;
        if (typeof(Exception).IsAssignableFrom(type)) return true;
        while (type.IsNested) type = type.DeclaringType!;
        string space = type.Namespace ?? "";
        if (Array.Exists(Namespaces, n => space == n || space.StartsWith(n + ".", StringComparison.Ordinal))) return true;
        return space is "System" or "System.Numerics" && (Types.Contains(type.Name) || type.IsInterface && type.IsGenericType);
    }
}
