using System.Reflection;
using Dyadic.Onnx.Tests.Hostile;
using Xunit;
using Xunit.Sdk;

namespace Dyadic.Guards;

/// <summary>A test of hostile input with one row of its data.</summary>
/// <param name="Name">Class of the tests, method and arguments.</param>
/// <param name="Method">The method.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record HostileCaseRow(string Name, MethodInfo Method, object?[] Arguments)
{
    /// <summary>Runs the test.</summary>
    /// <returns>Why it failed, or null.</returns>
    public Exception? Run()
    {
        object? instance = Activator.CreateInstance(Method.DeclaringType!);
        try
        {
            Method.Invoke(instance, Arguments);
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}

/// <summary>The tests of hostile input, found as xunit finds them.</summary>
internal static class HostileCaseList
{
    public static IEnumerable<HostileCaseRow> All =>
        from type in typeof(HostileTests).Assembly.GetExportedTypes()
        where type.Namespace == typeof(HostileTests).Namespace
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where method.GetCustomAttributes<FactAttribute>().Any()
        from row in Rows(method)
        select new HostileCaseRow($"{type.Name}.{method.Name}({string.Join(", ", row.Select(Text))})", method, row);

    private static IEnumerable<object?[]> Rows(MethodInfo method) =>
        method.GetCustomAttributes<DataAttribute>().ToArray() is { Length: > 0 } data ? data.SelectMany(d => d.GetData(method)) : [[]];

    // One line, without the tab that separates columns.
    private static string Text(object? value) => $"{value}".ReplaceLineEndings(" ").Replace('\t', ' ');
}
