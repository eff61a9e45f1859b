using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Dyadic.Guards;

/// <summary>Where an exception of ours was thrown: a method of an assembly and a place in its code.</summary>
/// <param name="Assembly">The assembly's file, without a folder.</param>
/// <param name="Token">The method's metadata token.</param>
/// <param name="Offset">Where its statement begins, in bytes of its code.</param>
/// <param name="Helper">The method that threw for it, with the number of its arguments, as "Ensure.Shape/2"; or "-" where it throws itself.</param>
/// <param name="Method">The method's name.</param>
internal sealed record ThrowSite(string Assembly, int Token, int Offset, string Helper, string Method)
{
    /// <summary>The place that throws <paramref name="e"/>, or null where that is no code of the product; called while it is thrown.</summary>
    public static ThrowSite? Of(Exception e)
    {
        StackFrame[] frames = new StackTrace(1).GetFrames();
        int at = Array.FindIndex(frames, f => f.GetMethod() is { } m && m == new StackTrace(e).GetFrame(0)?.GetMethod());
        if (at < 0 || !IsOurs(frames[at].GetMethod()!)) return null;
        MethodBase thrower = frames[at].GetMethod()!;
        bool isHelper = IsHelper(thrower);
        StackFrame of = isHelper ? frames[at + 1] : frames[at];
        MethodBase method = of.GetMethod()!;
        string helper = isHelper ? FormattableString.Invariant($"{thrower.DeclaringType!.Name}.{thrower.Name}/{thrower.GetParameters().Length}") : "-";
        return new(Path.GetFileName(method.Module.FullyQualifiedName), method.MetadataToken, of.GetILOffset(), helper, $"{method.DeclaringType!.FullName}.{method.Name}");
    }

    /// <summary>Reads what <see cref="ToString"/> writes; null where it is something else.</summary>
    public static ThrowSite? TryParse(string line) =>
        line.Split(' ') is [var assembly, var token, var offset, var helper, var method] && int.TryParse(token, CultureInfo.InvariantCulture, out int t) && int.TryParse(offset, CultureInfo.InvariantCulture, out int o)
            ? new(assembly, t, o, helper, method)
            : null;

    public override string ToString() => FormattableString.Invariant($"{Assembly} {Token} {Offset} {Helper} {Method}");

    // Static methods that get a condition first, and throw where it does not hold.
    private static bool IsHelper(MethodBase method) =>
        method is MethodInfo { IsStatic: true } info && info.ReturnType == typeof(void) && method.Name is "Check" or "Require" or "Shape" or "Argument" && method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(bool);

    private static bool IsOurs(MethodBase method) => method.Module.Name is { } name && name.StartsWith("Dyadic.", StringComparison.Ordinal)
        && !name.Contains("Tests", StringComparison.Ordinal) && name is not ("Dyadic.Guards.dll" or "Dyadic.Testing.dll" or "Dyadic.Fuzz.dll");
}
