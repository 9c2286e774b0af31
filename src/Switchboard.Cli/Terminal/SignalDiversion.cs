using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>While it stands, the signals that otherwise end a command (<see cref="Signals"/>) go to whoever passes them on to a remote program. One at a time.</summary>
internal sealed class SignalDiversion : IDisposable
{
    private static readonly PosixSignal[] s_diverted = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
    private static volatile bool s_isActive;

    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="onSignal">Called on a thread of its own for each signal.</param>
    /// <param name="onResize">Called when the terminal has another size.</param>
    public SignalDiversion(Action<PosixSignal> onSignal, Action onResize)
    {
        s_isActive = true;
        void Divert(PosixSignalContext context)
        {
            context.Cancel = true;
            onSignal(context.Signal);
        }

        var registrations = s_diverted.Select(signal => PosixSignalRegistration.Create(signal, Divert));
        _registrations = OperatingSystem.IsWindows() ? [.. registrations] : [.. registrations, PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => onResize())];
    }

    public static bool IsActive => s_isActive;

    public void Dispose()
    {
        s_isActive = false;
        Array.ForEach(_registrations, r => r.Dispose());
    }
}
