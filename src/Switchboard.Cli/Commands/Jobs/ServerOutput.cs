using System.Buffers;
using System.Text;
using Switchboard.Cli.Output;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>What one of several servers' programs writes, line by line with the server's name before it.</summary>
/// <param name="printer">Where to; lines of several servers come whole.</param>
/// <param name="name">The server's.</param>
/// <param name="prefix">The name as it stands before a line.</param>
/// <param name="encoding">The program's; null means UTF-8.</param>
/// <param name="onBroken">Told when one of our streams takes no more; what comes then is dropped.</param>
internal sealed class ServerOutput(Printer printer, string name, string prefix, Encoding? encoding, Action<IOException> onBroken)
{
    private readonly Side _stdout = new(printer, name, "stdout", prefix, encoding, printer.Output);
    private readonly Side _stderr = new(printer, name, "stderr", prefix, encoding, printer.ErrorOutput);

    private bool _isBroken;

    public ValueTask TakeAsync(JobOutput stream, ReadOnlySequence<byte> bytes)
    {
        Guard(() => (stream == JobOutput.Stdout ? _stdout : _stderr).Take(bytes));
        return ValueTask.CompletedTask;
    }

    public void End() => Guard(() =>
    {
        _stdout.End();
        _stderr.End();
    });

    private void Guard(Action write)
    {
        if (_isBroken)
        {
            return;
        }
        try
        {
            write();
        }
        catch (IOException e)
        {
            _isBroken = true;
            onBroken(e);
        }
    }

    private sealed class Side(Printer printer, string name, string stream, string prefix, Encoding? encoding, Stream to)
    {
        private readonly LineCutter _lines = new();
        private readonly Transcoder? _transcoder = encoding is null ? null : new(encoding, Encoding.UTF8);
        private readonly ArrayBufferWriter<byte> _converted = new();
        private readonly ArrayBufferWriter<byte> _shown = new();
        private readonly byte[] _prefix = Encoding.UTF8.GetBytes(prefix);

        public void Take(ReadOnlySequence<byte> bytes)
        {
            foreach (ReadOnlyMemory<byte> segment in bytes)
            {
                _lines.Add(Converted(segment.Span), Show);
            }
            Flush();
        }

        public void End()
        {
            _converted.ResetWrittenCount();
            _transcoder?.End(_converted);
            _lines.Add(_converted.WrittenSpan, Show);
            _lines.End(Show);
            Flush();
        }

        private ReadOnlySpan<byte> Converted(ReadOnlySpan<byte> bytes)
        {
            if (_transcoder is null)
            {
                return bytes;
            }
            _converted.ResetWrittenCount();
            _transcoder.Convert(bytes, _converted);
            return _converted.WrittenSpan;
        }

        private void Show(ReadOnlyMemory<byte> line)
        {
            if (printer.IsJson)
            {
                printer.Json(new() { Profile = name, Stream = stream, Line = Encoding.UTF8.GetString(line.Span) }, CliJson.Default.OutputLine);
                return;
            }
            _shown.Write(_prefix);
            _shown.Write(line.Span);
            _shown.Write("\n"u8);
        }

        // One write for the lines of a piece: the streams of several servers meet only between lines.
        private void Flush()
        {
            printer.Pass(_shown.WrittenSpan, to);
            _shown.ResetWrittenCount();
        }
    }
}
