namespace Dyadic.Cli.Framework;

/// <summary>The exit codes of every command: a contract.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int GateNotMet = 3;
    public const int InvalidInput = 4;
    public const int BudgetExceeded = 5;
    public const int Interrupted = 130;
}

/// <summary>Arguments that do not fit together; exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A stated gate (accuracy, hash, integer-only) was not met; exit code 3. The result was printed before.</summary>
internal sealed class GateException(string message) : Exception(message);
