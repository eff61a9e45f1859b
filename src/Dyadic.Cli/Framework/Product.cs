using System.Reflection;

namespace Dyadic.Cli.Framework;

/// <summary>Facts about this build.</summary>
internal static class Product
{
    /// <summary>The version, without the commit that a build may append.</summary>
    public static string Version { get; } =
        (typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];
}
