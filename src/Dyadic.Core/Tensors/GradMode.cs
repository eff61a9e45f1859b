namespace Dyadic;

/// <summary>Whether the ops of this thread are recorded.</summary>
internal static class GradMode
{
    [ThreadStatic] private static bool s_disabled;

    public static bool IsEnabled => !s_disabled;

    /// <summary>True when an op on these inputs goes on the tape, if it has a gradient.</summary>
    public static bool IsRecording(ReadOnlySpan<Tensor> inputs)
    {
        if (s_disabled) return false;
        foreach (Tensor input in inputs)
            if (input.RequiresGrad) return true;
        return false;
    }

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
