using System.Reflection;
using System.Runtime.InteropServices;
using Dyadic.Arithmetics;

namespace Dyadic.Runs;

/// <summary>Where a run ran.</summary>
public static class RunEnvironment
{
    /// <summary>Version of Dyadic and .NET, system, processor architecture, vector width, threads and arithmetic.</summary>
    public static IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["dyadic"] = typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["os"] = RuntimeInformation.OSDescription,
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
        ["vectorBits"] = ((int)Door.Mode.Width).ToString(),
        ["threads"] = Door.Mode.Threads.ToString(),
        ["arithmetic"] = Arithmetic.Current.Name,
    };
}
