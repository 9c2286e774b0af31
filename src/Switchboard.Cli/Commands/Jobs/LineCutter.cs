using System.Buffers;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>Cuts a stream into whole lines, so that several can share one terminal.</summary>
internal sealed class LineCutter
{
    /// <summary>A line longer than this is given in parts: nobody reads it as one, and memory is not a stranger's to fill.</summary>
    public const int LongestLine = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _begun = new();

    /// <summary>Gives every line that is whole by now, without its line feed.</summary>
    public void Add(ReadOnlySpan<byte> bytes, Action<ReadOnlyMemory<byte>> onLine)
    {
        while (!bytes.IsEmpty)
        {
            int room = LongestLine - _begun.WrittenCount;
            int end = bytes[..Math.Min(bytes.Length, room)].IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end >= 0 ? bytes[..end] : bytes[..Math.Min(bytes.Length, room)];
            _begun.Write(part);
            bytes = bytes[(end >= 0 ? end + 1 : part.Length)..];
            if (end >= 0 || _begun.WrittenCount == LongestLine)
            {
                Give(onLine);
            }
        }
    }

    /// <summary>Nothing follows: a line without an end is one too.</summary>
    public void End(Action<ReadOnlyMemory<byte>> onLine)
    {
        if (_begun.WrittenCount > 0)
        {
            Give(onLine);
        }
    }

    private void Give(Action<ReadOnlyMemory<byte>> onLine)
    {
        onLine(_begun.WrittenMemory);
        _begun.ResetWrittenCount();
    }
}
