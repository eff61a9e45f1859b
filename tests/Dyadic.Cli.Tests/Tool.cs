using System.Text.Json;
using Dyadic.Cli.Framework;

namespace Dyadic.Cli.Tests;

/// <summary>What a command line printed and returned.</summary>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    /// <summary>The one JSON object on standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>The command line, in process.</summary>
internal static class Tool
{
    public static ToolResult Run(params string[] args) => Run(args, default);

    public static ToolResult Run(string[] args, CancellationToken cancellation)
    {
        using StringWriter output = new(), error = new();
        int code = CommandLine.Run(args, output, error, cancellation);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs and expects success.</summary>
    public static ToolResult Ok(params string[] args)
    {
        ToolResult result = Run(args);
        Assert.True(result.Code == ExitCode.Done, $"dyadic {string.Join(' ', args)}: exit code {result.Code}, {result.Error}");
        return result;
    }
}
