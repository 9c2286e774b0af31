using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// The process above a job: a small shell that sets limits, starts the sandbox, and then holds the job's pipes open until the server has emptied
/// them. A pipe's bytes live as long as somebody has it open; so when the server is killed the job goes on, waits when its pipe is full, and when
/// it ends, its last words and its exit code wait for the next server.
/// </summary>
internal static class Holder
{
    /// <summary>Descriptors of the holder; 0, 1 and 2 are the job's own.</summary>
    public const int Status = 3, Ack = 4, SandboxStatus = 5, HeldOutput = 6, HeldError = 7, Filter = 8;

    private const string Shell = "/bin/sh";

    private const int NeighboursRoom = 4;

    // The sandbox gets neither what holds pipes open nor what the holder waits on: a job could hold them itself, beyond its end.
    private const string Script =
        """
        "$@" 3>&- 4<&- 6<&- 7<&-
        code=$?
        exec </dev/null 5>&- 8<&- 9<&-
        echo "$code" >&3
        read -r _ <&4
        """;

    // With a terminal nothing is held: the job ends with the server, because its terminal does. The sandbox dies with its parent (--die-with-parent),
    // so that has to be the server itself.
    private const string TerminalScript = """exec "$@" 3>&-""";

    private const string OpenTerminalScript =
        """
        "$@" 3>&-
        echo "$?" >&3
        """;

    private static readonly FileName[] Surroundings = [FileName.From("PATH=" + Sandbox.Path), FileName.From("LANG=C")];

    /// <summary>Starts the process that holds a job's input open while the server may go away: without it a killed server would look like the end of the input.</summary>
    /// <returns>The process; null when the job is over already and its pipes are gone.</returns>
    public static int? HoldInput(JobFolder folder)
    {
        try
        {
            using var release = Pipes.Open(folder.HoldPipe, Kernel.ReadWrite);
            using var input = Pipes.Open(folder.InputPipe, Kernel.ReadWrite | Kernel.NonBlocking);
            using var nowhere = Pipes.Open("/dev/null", Kernel.ReadWrite);
            Start(["-c", "read -r _ <&3", "switchboard"], [], [new(nowhere, 0), new(nowhere, 1), new(nowhere, 2), new(release, 3), new(input, 4)], out var process);
            return process;
        }
        catch (RefusedException e) when (e.Code is RefusalCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Starts a holder and below it a command whose shell waits for its orders.</summary>
    /// <param name="command">The sandbox, or whatever stands in its place.</param>
    /// <param name="limits">What the shell sets for itself and all below it (<c>ulimit</c>).</param>
    /// <param name="folder">The job's.</param>
    /// <param name="terminal">The slave of its terminal; null without one.</param>
    /// <param name="filter">A file with the system call filter; null where nothing is confined.</param>
    /// <param name="go">The end of the pipe on which the orders come.</param>
    public static int Start(
        IReadOnlyList<FileName> command, string limits, JobFolder folder, SafeFileHandle? terminal, string? filter, SafeFileHandle go)
    {
        List<GivenDescriptor> given = [];
        List<SafeFileHandle> opened = [];
        SafeFileHandle Opened(string path, int flags)
        {
            opened.Add(Pipes.Open(path, flags));
            return opened[^1];
        }

        try
        {
            given.Add(new(terminal ?? Opened(folder.InputPipe, Kernel.ReadOnly), 0));
            given.Add(new(terminal ?? Opened(folder.OutputPipe, Kernel.WriteOnly), 1));
            given.Add(new(terminal ?? Opened(folder.ErrorPipe, Kernel.WriteOnly), 2));
            given.Add(new(Opened(folder.StatusPipe, Kernel.ReadWrite), Status));
            if (terminal is null)
            {
                given.Add(new(Opened(folder.AckPipe, Kernel.ReadWrite), Ack));
            }

            given.Add(new(given[3].Handle, SandboxStatus));
            if (terminal is null)
            {
                given.Add(new(Opened(folder.OutputPipe, Kernel.ReadWrite), HeldOutput));
                given.Add(new(Opened(folder.ErrorPipe, Kernel.ReadWrite), HeldError));
            }

            given.Add(new(Opened(filter ?? "/dev/null", Kernel.ReadOnly), Filter));
            given.Add(new(go, GoScript.Descriptor));
            Start(["-c", limits + (terminal is null ? Script : filter is null ? OpenTerminalScript : TerminalScript), "switchboard"], command, given, out var process);
            return process;
        }
        finally
        {
            opened.ForEach(handle => handle.Dispose());
        }
    }

    /// <summary>What the holder's shell says to set limits for itself and all below it; <c>ulimit</c> takes KiB.</summary>
    /// <param name="options">The operator's.</param>
    /// <param name="threads">Threads the server's user has now: the kernel counts them all against the limit (RLIMIT_NPROC).</param>
    public static string Limits(CommandsOptions options, int threads)
    {
        // For all jobs together, so it leaves room for neighbours; one that cannot be set (a hard limit below it) is left as it is.
        var memory = options.Memory is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"ulimit -v {bytes / 1024} 2>/dev/null\n") : "";
        return "ulimit -c 0\n" + LimitProcesses(threads + (NeighboursRoom * options.Processes)) + memory;
    }

    /// <summary>
    /// What the shell inside a sandbox says. Linux 5.14 and later count processes by user namespace, so this bounds one job alone, at once, where
    /// the look of <see cref="JobWatch"/>, which ends it with the reason, comes once a second.
    /// </summary>
    public static string LimitsWithin(CommandsOptions options) =>
        System.Environment.OSVersion.Version >= new Version(5, 14) ? LimitProcesses(2 * options.Processes) : "";

    // dash calls it -p, bash -u.
    private static string LimitProcesses(int most) => string.Create(CultureInfo.InvariantCulture, $"ulimit -p {most} 2>/dev/null || ulimit -u {most} 2>/dev/null\n");

    private static void Start(IEnumerable<string> shell, IEnumerable<FileName> command, IReadOnlyList<GivenDescriptor> given, out int process) =>
        Kernel.Check(Spawn.TryStart(Shell, [FileName.From("sh"), .. shell.Select(FileName.From), .. command], Surroundings, given, out process), null);
}
