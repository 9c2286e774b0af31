using System.Runtime.InteropServices;

namespace Switchboard.Cli.Terminal;

/// <summary>
/// Standard input of which a read can be given up without taking anything, so that what is typed next belongs to whoever reads next. (A thread that
/// waits in <c>read</c> cannot be called back, and would take the next line of an interactive session.)
/// </summary>
internal sealed partial class InterruptibleInput : IDisposable
{
    private const short Readable = 1;
    private const int Interrupted = 4;
    private const string Nothing = "/dev/null";

    private readonly Stream _stream = StandardStream.Open(0);
    // A byte in this pipe calls the waiting thread back.
    private readonly int[] _call = new int[2];

    public InterruptibleInput()
    {
        if (!OperatingSystem.IsWindows() && pipe(ref _call[0]) != 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>It was redirected from the null device: no input is meant.</summary>
    public static bool IsNothing => OperatingSystem.IsLinux() && LinkOf("/proc/self/fd/0") == Nothing;

    /// <summary>Reads what is there; 0 at the end.</summary>
    /// <exception cref="OperationCanceledException">Given up; nothing was taken.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        if (OperatingSystem.IsWindows())
        {
            return await _stream.ReadAsync(buffer, cancel);
        }
        cancel.ThrowIfCancellationRequested();
        await using var calling = cancel.Register(() => _ = write(_call[1], [0], 1));
        return await Task.Run(() => Read(buffer.Span, cancel), CancellationToken.None);
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (!OperatingSystem.IsWindows())
        {
            _ = close(_call[0]);
            _ = close(_call[1]);
        }
    }

    private int Read(Span<byte> buffer, CancellationToken cancel)
    {
        Span<Watched> both = [new() { Descriptor = 0, Wanted = Readable }, new() { Descriptor = _call[0], Wanted = Readable }];
        while (poll(ref MemoryMarshal.GetReference(both), (nuint)both.Length, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
        cancel.ThrowIfCancellationRequested();
        return _stream.Read(buffer);
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // No /proc in this container, or no standard input at all.
            return null;
        }
    }

    // struct pollfd (poll(2)).
    [StructLayout(LayoutKind.Sequential)]
    private struct Watched
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(ref Watched first, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe(ref int first);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
