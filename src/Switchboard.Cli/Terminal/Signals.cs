using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>Ctrl-C and a polite kill end the command at hand cleanly; a second one ends the program at once. The terminal is given back either way.</summary>
internal sealed class Signals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenSource? _inner;

    public Signals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupted),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ended),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ended),
        ];
    }

    /// <summary>Set when the program should end.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Runs one command of an interactive session: Ctrl-C ends it and not the session.</summary>
    public async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> act)
    {
        using var inner = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _inner = inner;
        try
        {
            return await act(inner.Token);
        }
        finally
        {
            _inner = null;
        }
    }

    private void Interrupted(PosixSignalContext context) => Take(context, _inner ?? _stop);

    private void Ended(PosixSignalContext context) => Take(context, _stop);

    private static void Take(PosixSignalContext context, CancellationTokenSource source)
    {
        context.Cancel = true;
        if (!SignalDiversion.IsActive)
        {
            Cancel(source);
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        RawMode.Restore();
        if (source.IsCancellationRequested)
        {
            Environment.Exit(Output.ExitCode.Interrupted);
        }
        // Off this thread, so that whatever runs on cancellation cannot hold up the next signal.
        _ = source.CancelAsync();
    }

    public void Dispose()
    {
        Array.ForEach(_registrations, r => r.Dispose());
        _stop.Dispose();
    }
}
