using Microsoft.Win32.SafeHandles;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>The server's ends of a job's pipes, none of which ever blocks. With a terminal, input and output are its one master, twice.</summary>
internal sealed class JobPipes : IDisposable
{
    private JobPipes(SafeFileHandle input, SafeFileHandle output, SafeFileHandle? error, SafeFileHandle status) =>
        (Input, Output, Error, Status) = (input, output, error, status);

    public SafeFileHandle Input { get; }

    public SafeFileHandle Output { get; }

    /// <summary>Null with a terminal.</summary>
    public SafeFileHandle? Error { get; }

    public SafeFileHandle Status { get; }

    public bool IsTerminal => Error is null;

    // Opened for reading and writing: a pipe then exists from the first moment, and its end is never seen, for which the status is the better sign.
    private const int Both = Kernel.ReadWrite | Kernel.NonBlocking;

    public static JobPipes Open(JobFolder folder) =>
        new(Pipes.Open(folder.InputPipe, Both), Pipes.Open(folder.OutputPipe, Both), Pipes.Open(folder.ErrorPipe, Both), Pipes.Open(folder.StatusPipe, Both));

    public static JobPipes OpenTerminal(JobFolder folder, TerminalSize size, out SafeFileHandle slave)
    {
        (var master, slave) = PseudoTerminal.Open(size.Rows, size.Columns);
        // Twice, because what is watched for reading and what is watched for writing are two descriptors to the poller.
        return new JobPipes(Pipes.Duplicate(master), master, null, Pipes.Open(folder.StatusPipe, Both));
    }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error?.Dispose();
        Status.Dispose();
    }
}
