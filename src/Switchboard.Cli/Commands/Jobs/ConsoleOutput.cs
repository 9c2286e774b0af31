using System.Buffers;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>A remote program's two streams into this program's own, byte for byte, or turned into UTF-8.</summary>
internal sealed class ConsoleOutput(Printer printer, Encoding? encoding)
{
    private readonly Outlet _stdout = new(printer.Output, encoding);
    private readonly Outlet _stderr = new(printer.ErrorOutput, encoding);
    private readonly TaskCompletionSource<IOException> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when one of the streams takes no more; what comes then is dropped.</summary>
    public Task<IOException> Broken => _broken.Task;

    public ValueTask TakeAsync(JobOutput stream, ReadOnlySequence<byte> bytes)
    {
        Guard(() => (stream == JobOutput.Stdout ? _stdout : _stderr).Write(bytes));
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing follows.</summary>
    public void End() => Guard(() =>
    {
        _stdout.End();
        _stderr.End();
    });

    // A job whose output nobody takes any more is told so over the same line: the session must not end with an error here.
    private void Guard(Action write)
    {
        if (_broken.Task.IsCompleted)
        {
            return;
        }
        try
        {
            write();
        }
        catch (IOException e)
        {
            _broken.TrySetResult(e);
        }
    }

    private sealed class Outlet(Stream to, Encoding? encoding)
    {
        private readonly Transcoder? _transcoder = encoding is null ? null : new(encoding, Encoding.UTF8);
        private readonly ArrayBufferWriter<byte> _converted = new();

        public void Write(ReadOnlySequence<byte> bytes)
        {
            foreach (ReadOnlyMemory<byte> segment in bytes)
            {
                Write(segment.Span);
            }
        }

        public void End()
        {
            _transcoder?.End(_converted);
            WriteConverted();
        }

        private void Write(ReadOnlySpan<byte> bytes)
        {
            if (_transcoder is null)
            {
                to.Write(bytes);
                return;
            }
            _transcoder.Convert(bytes, _converted);
            WriteConverted();
        }

        private void WriteConverted()
        {
            to.Write(_converted.WrittenSpan);
            _converted.ResetWrittenCount();
        }
    }
}
