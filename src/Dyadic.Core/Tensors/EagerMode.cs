using Dyadic.Kernels;

namespace Dyadic;

/// <summary>How kernels of eager ops run, below the door as well: the door sets it.</summary>
internal static class EagerMode
{
    private static ExecutionMode? s_mode;

    public static ExecutionMode Current
    {
        get => s_mode ?? ExecutionMode.Default;
        set => s_mode = value;
    }
}
