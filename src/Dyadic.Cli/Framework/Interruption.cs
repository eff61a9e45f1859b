using System.Runtime.InteropServices;

namespace Dyadic.Cli.Framework;

/// <summary>Ctrl-C and SIGTERM as a token: the first asks commands to stop in good order, the second ends the process.</summary>
internal static class Interruption
{
    private static readonly CancellationTokenSource Source = new();
    private static readonly PosixSignalRegistration[] Registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
    ];

    public static CancellationToken Token => Registrations.Length > 0 ? Source.Token : default;

    private static void Handle(PosixSignalContext context)
    {
        if (Source.IsCancellationRequested) return;
        context.Cancel = true;
        Source.Cancel();
    }
}
