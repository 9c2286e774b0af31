using System.Diagnostics;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Commands;

/// <summary>Whether a sandbox can be made on this machine, found out by making one that does nothing.</summary>
/// <param name="Missing">There is no bubblewrap.</param>
/// <param name="Failure">What it said instead.</param>
public sealed record SandboxTrial(bool Missing, string? Failure)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string[] Arguments =
        ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--disable-userns", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--size", "4096", "--tmpfs", "/tmp", "true"];

    public static SandboxTrial Run()
    {
        if (Sandbox.Find() is not { } program)
        {
            return new SandboxTrial(Missing: true, null);
        }

        using var trial = Process.Start(new ProcessStartInfo(program, Arguments) { RedirectStandardError = true });
        var said = trial?.StandardError.ReadToEnd().Trim();
        var ended = trial?.WaitForExit(Patience) ?? false;
        return new SandboxTrial(Missing: false, ended && trial!.ExitCode == 0 ? null : Printable.Escape(said is { Length: > 0 } ? said : "no answer"));
    }
}
