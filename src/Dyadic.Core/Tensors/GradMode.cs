namespace Dyadic;

/// <summary>Whether the ops of this thread are recorded.</summary>
internal static class GradMode
{
    [ThreadStatic] private static bool s_disabled;

    public static bool IsEnabled => !s_disabled;

    public static Scope Set(bool enabled)
    {
        Scope scope = new(s_disabled);
        s_disabled = !enabled;
        return scope;
    }

    /// <summary>Restores the former state when disposed.</summary>
    internal readonly struct Scope(bool disabled) : IDisposable
    {
        public void Dispose() => s_disabled = disabled;
    }
}
