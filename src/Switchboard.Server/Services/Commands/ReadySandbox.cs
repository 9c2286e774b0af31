using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// A sandbox that stands, with its pipes and a shell in it that waits for its orders. Making one takes some ten milliseconds, nearly all of them
/// spent waiting for the kernel; so one may be made before it is needed.
/// </summary>
internal sealed class ReadySandbox : IDisposable
{
    private readonly SafeFileHandle _go;

    private ReadySandbox(JobFolder folder, int holder, JobPipes pipes, SafeFileHandle go) => (Folder, HolderProcess, Pipes, _go) = (folder, holder, pipes, go);

    public JobFolder Folder { get; }

    /// <summary>The process to wait for.</summary>
    public int HolderProcess { get; }

    public JobPipes Pipes { get; }

    /// <summary>It stands still: nobody else holds what its shell reads its orders from.</summary>
    public bool Stands => Storage.Posix.Pipes.IsRead(_go);

    /// <summary>Makes a folder, opens its pipes and starts what waits behind them. With a terminal only on the poller's thread: what dies with the server follows the thread that made it.</summary>
    /// <param name="jobs">Where the folder goes.</param>
    /// <param name="command">Up to the shell, which is added here.</param>
    /// <param name="limits">See <see cref="Holder.Limits"/>.</param>
    /// <param name="within">See <see cref="Holder.LimitsWithin"/>; empty where nothing is confined.</param>
    /// <param name="filter">The file with the system call filter; null where nothing is confined.</param>
    /// <param name="terminal">The size of its terminal; null without one.</param>
    public static ReadySandbox Start(string jobs, IReadOnlyList<string> command, string limits, string within, string? filter, TerminalSize? terminal)
    {
        var folder = JobFolder.Create(jobs);
        JobPipes? pipes = null;
        SafeFileHandle? slave = null;
        var (read, write) = Storage.Posix.Pipes.Unnamed();
        try
        {
            pipes = terminal is { } size ? JobPipes.OpenTerminal(folder, size, out slave) : JobPipes.Open(folder);
            FileName[] line = [.. command.Concat(["/bin/sh", "-c", $"{within}. /proc/self/fd/{GoScript.Descriptor}", "switchboard"]).Select(FileName.From)];
            return new ReadySandbox(folder, Holder.Start(line, limits, folder, slave, filter, read), pipes, write);
        }
        catch
        {
            pipes?.Dispose();
            write.Dispose();
            folder.Remove();
            throw;
        }
        finally
        {
            slave?.Dispose();
            read.Dispose();
        }
    }

    /// <summary>Gives the shell its orders; blocks while the pipe is full, which it is only for arguments beyond 64 KiB.</summary>
    public void Go(ReadOnlySpan<byte> script)
    {
        using (_go)
        {
            // A shell that ended early (the sandbox could not be made) says so on the status pipe; nobody reads this then.
            for (var error = Errno.None; script.Length > 0 && error is Errno.None or Errno.EINTR;)
            {
                error = Storage.Posix.Pipes.TryWrite(_go, script, out var written);
                script = script[written..];
            }
        }
    }

    /// <summary>Gives it up unused: without orders the shell ends, and the holder is let go.</summary>
    public void Dispose()
    {
        _go.Dispose();
        JobFolder.Release(Folder.AckPipe);
        Pipes.Dispose();
        Folder.Remove();
    }
}
