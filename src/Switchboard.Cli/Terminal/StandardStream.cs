using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>The reader of our output went away (EPIPE). Not an error: the program ends quietly.</summary>
internal sealed class ClosedPipeException : IOException;

/// <summary>
/// A standard stream by its descriptor. Not <see cref="Console"/>'s, which swallows EPIPE, so that <c>ls -R / | head</c> would list to the end;
/// and not <see cref="FileStream"/>, which writes at an offset of its own and so overwrites what a neighbour in <c>{ a; b; } &gt; file</c> wrote.
/// </summary>
internal sealed partial class StandardStream(int descriptor) : Stream
{
    private const int Interrupted = 4, WouldBlock = 11, Pipe = 32;

    public static Stream Open(int descriptor) => OperatingSystem.IsWindows() ? OpenWindows(descriptor) : new StandardStream(descriptor);

    public override bool CanRead => descriptor == 0;

    public override bool CanWrite => descriptor != 0;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint got = read(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (got >= 0)
            {
                return (int)got;
            }
            Recover();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint wrote = write(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (wrote < 0)
            {
                Recover();
                continue;
            }
            buffer = buffer[(int)wrote..];
        }
    }

    // A terminal or pipe that someone else set to non-blocking answers EAGAIN: wait a moment and try again.
    private static void Recover()
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Interrupted:
                return;
            case WouldBlock:
                Thread.Sleep(1);
                return;
            case Pipe:
                throw new ClosedPipeException();
            default:
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    // A read may wait for a person or a program: on a thread that may wait, so that Ctrl-C is heard meanwhile.
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => Read(buffer.Span), cancellationToken).WaitAsync(cancellationToken);

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static Stream OpenWindows(int descriptor) => descriptor switch
    {
        0 => Console.OpenStandardInput(),
        1 => Console.OpenStandardOutput(),
        _ => Console.OpenStandardError(),
    };

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, ref byte buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, ref readonly byte buffer, nuint count);
}
