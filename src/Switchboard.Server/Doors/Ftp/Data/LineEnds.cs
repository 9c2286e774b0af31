namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>
/// Type A (RFC 959, section 3.1.1.1): on the line a text's lines end with CR LF, in a file with LF. Works on any pieces of a stream.
/// </summary>
internal sealed class LineEnds
{
    private bool _wasReturn;

    /// <summary>File to line. A line that ends with CR LF in the file already is left as it is.</summary>
    /// <param name="target">Twice as long as <paramref name="source"/>.</param>
    public int ToLine(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var at = 0;
        foreach (var b in source)
        {
            if (b == '\n' && !_wasReturn)
            {
                target[at++] = (byte)'\r';
            }

            target[at++] = b;
            _wasReturn = b == '\r';
        }

        return at;
    }

    /// <summary>Line to file. A carriage return on its own stays.</summary>
    /// <param name="target">One byte longer than <paramref name="source"/>.</param>
    public int ToFile(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var at = 0;
        foreach (var b in source)
        {
            if (_wasReturn && b != '\n')
            {
                target[at++] = (byte)'\r';
            }

            _wasReturn = b == '\r';
            if (!_wasReturn)
            {
                target[at++] = b;
            }
        }

        return at;
    }

    /// <summary>The end of the text: a carriage return that waited for its line feed.</summary>
    public int Finish(Span<byte> target)
    {
        if (!_wasReturn)
        {
            return 0;
        }

        _wasReturn = false;
        target[0] = (byte)'\r';
        return 1;
    }
}
