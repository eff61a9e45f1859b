using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Dyadic.Architecture.Tests;

/// <summary>The public and protected members of an assembly as sorted text, one a line, as a C# reader would write them.</summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint", [typeof(nuint)] = "nuint", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(char)] = "char",
        [typeof(string)] = "string", [typeof(object)] = "object", [typeof(decimal)] = "decimal",
    };

    public static string Of(Assembly assembly)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().Where(IsWritten).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string line in Members(type).Order(StringComparer.Ordinal)) text.Append("  ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    private static string Header(Type t)
    {
        string kind = t switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            _ when t.IsSubclassOf(typeof(Delegate)) => "delegate",
            { IsValueType: true } => t.IsByRefLike ? "ref struct" : "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        List<string> bases = [];
        if (t.BaseType is { } b && !t.IsValueType && b != typeof(object) && kind != "delegate") bases.Add(Name(b));
        if (!t.IsEnum) bases.AddRange(t.GetInterfaces().Where(i => i.IsPublic).Select(Name).Order(StringComparer.Ordinal));
        return $"{kind} {t.Namespace}.{Name(t)}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}";
    }

    private static IEnumerable<string> Members(Type t)
    {
        if (t.IsEnum) return Enum.GetNames(t).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(t, n), CultureInfo.InvariantCulture)}");
        if (t.IsSubclassOf(typeof(Delegate))) return [Method(t.GetMethod("Invoke")!)];
        HashSet<MethodInfo> accessors = [.. t.GetProperties(Declared).SelectMany(p => p.GetAccessors(true))];
        return
        [
            .. t.GetConstructors(Declared).Where(c => IsVisible(c) && !c.IsStatic).Select(c => $"new({Parameters(c)})"),
            .. t.GetFields(Declared).Where(f => (f.IsPublic || f.IsFamily) && !IsMade(f)).Select(Field),
            .. t.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(a => IsVisible(a) && IsNew(a)) && p.Name != "EqualityContract").Select(Property),
            .. t.GetMethods(Declared).Where(m => IsVisible(m) && IsNew(m) && !IsMade(m) && !accessors.Contains(m)).Select(Method),
        ];
    }

    private static string Field(FieldInfo f) => $"{(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name}";

    private static string Property(PropertyInfo p)
    {
        MethodInfo[] accessors = [.. p.GetAccessors(true).Where(IsVisible)];
        string kinds = string.Concat(accessors.Select(a => a == p.GetMethod ? "get; " : IsInit(a) ? "init; " : "set; "));
        string index = p.GetIndexParameters() is { Length: > 0 } i ? $"this[{string.Join(", ", i.Select(Parameter))}]" : p.Name;
        return $"{Modifiers(accessors[0])}{Name(p.PropertyType)} {index} {{ {kinds}}}";
    }

    private static string Method(MethodInfo m) =>
        $"{Modifiers(m)}{Name(m.ReturnType)} {m.Name}{(m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(Name))}>" : "")}({Parameters(m)})";

    private static string Modifiers(MethodBase m) =>
        (m.IsFamily || m.IsFamilyOrAssembly ? "protected " : "") + (m.IsStatic ? "static " : "")
        + (m.IsAbstract && !m.DeclaringType!.IsInterface ? "abstract " : m.IsVirtual && !m.IsFinal && !m.DeclaringType!.IsInterface ? "virtual " : "");

    private static string Parameters(MethodBase m) =>
        (m.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "") + string.Join(", ", m.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo p)
    {
        string passed = p.ParameterType.IsByRef ? p.IsOut ? "out " : p.IsIn ? "in " : "ref " : p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        string value = !p.HasDefaultValue ? "" : p.DefaultValue switch
        {
            null => p.ParameterType.IsValueType ? " = default" : " = null",
            string s => $" = \"{s}\"",
            bool b => b ? " = true" : " = false",
            var v => " = " + Convert.ToString(v, CultureInfo.InvariantCulture),
        };
        return $"{passed}{Name(p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType)} {p.Name}{value}";
    }

    private static string Name(Type t)
    {
        if (Keywords.TryGetValue(t, out string? keyword)) return keyword;
        if (t.IsGenericParameter) return t.Name;
        if (t.IsArray) return $"{Name(t.GetElementType()!)}[{new string(',', t.GetArrayRank() - 1)}]";
        if (t.IsPointer) return Name(t.GetElementType()!) + "*";
        if (t.IsByRef) return "ref " + Name(t.GetElementType()!);
        if (Nullable.GetUnderlyingType(t) is { } inner) return Name(inner) + "?";
        if (t.IsFunctionPointer) return "delegate*";
        string outer = t.IsNested ? Name(t.DeclaringType!) + "." : "";
        string name = t.Name.Split('`')[0];
        return outer + name + (t.IsGenericType && t.Name.Contains('`') ? $"<{string.Join(", ", t.GetGenericArguments().Select(Name))}>" : "");
    }

    private static bool IsWritten(Type t) => !IsMade(t) && (t.DeclaringType is null || IsWritten(t.DeclaringType));

    private static bool IsMade(MemberInfo m) => m.Name.Contains('<') || m.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static bool IsVisible(MethodBase m) => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly;

    private static bool IsNew(MethodInfo m) => m.GetBaseDefinition() == m;

    private static bool IsInit(MethodInfo m) => m.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
}
