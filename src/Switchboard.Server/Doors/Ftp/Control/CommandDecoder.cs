namespace Switchboard.Server.Doors.Ftp.Control;

/// <summary>What is wrong with a command line as bytes.</summary>
internal enum LineFault
{
    None,

    /// <summary>A line feed without its carriage return, or a NUL.</summary>
    ControlCharacter,
    TooLong,

    /// <summary>No end of line came within what is read past a line that is too long.</summary>
    Endless,
}

/// <summary>One line of the control connection, telnet taken out, without its CR LF.</summary>
internal readonly record struct CommandLine(byte[] Bytes, LineFault Fault);

/// <summary>
/// Makes lines of what arrives on a control connection (RFC 959, section 4.1.3; RFC 1123, section 4.1.2.10), in whatever pieces it comes.
/// Only CR LF ends a line: a lone LF or a NUL stays inside it and makes it faulty, so that a file name which a client passed on
/// unchecked never becomes a second command.
/// </summary>
internal sealed class CommandDecoder
{
    /// <summary>The longest path (4,095 bytes) doubled by a verb with two, and room to spare.</summary>
    public const int LineLimit = 8 * 1024;

    /// <summary>So much of a line that is too long is read past, in the hope of its end.</summary>
    public const int SkipLimit = 64 * 1024;

    private const byte Se = 240, Sb = 250, Will = 251, Dont = 254, Iac = 255;

    private byte[]? _line;
    private int _length;
    private int _skipped;
    private LineFault _fault;
    private State _state;

    private enum State
    {
        Text,
        CarriageReturn,
        Command,
        Option,
        Subnegotiation,
        SubnegotiationCommand,
    }

    /// <summary>Takes bytes up to the end of a line, or all of them.</summary>
    /// <returns>Whether <paramref name="line"/> is there.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, out int used, out CommandLine line)
    {
        for (used = 0; used < input.Length;)
        {
            var ended = Take(input[used++]);
            if (ended || _skipped > SkipLimit)
            {
                line = Finish(ended ? _fault : LineFault.Endless);
                return true;
            }
        }

        line = default;
        return false;
    }

    private bool Take(byte b)
    {
        switch (_state)
        {
            case State.CarriageReturn:
                return AfterCarriageReturn(b);
            case State.Command:
                AfterIac(b);
                return false;
            case State.Option:
                _state = State.Text;
                return false;
            case State.Subnegotiation:
                _state = b == Iac ? State.SubnegotiationCommand : _state;
                return false;
            case State.SubnegotiationCommand:
                _state = b == Se ? State.Text : State.Subnegotiation;
                return false;
            default:
                Text(b);
                return false;
        }
    }

    // CR NUL is how telnet writes a carriage return of the text itself (RFC 854; RFC 2640, section 3.1).
    private bool AfterCarriageReturn(byte b)
    {
        _state = State.Text;
        if (b == '\n')
        {
            return true;
        }

        Add((byte)'\r');
        if (b != 0)
        {
            Text(b);
        }

        return false;
    }

    private void AfterIac(byte b)
    {
        _state = b switch
        {
            Sb => State.Subnegotiation,
            >= Will and <= Dont => State.Option,
            _ => State.Text,
        };
        if (b == Iac)
        {
            Add(b);
        }
    }

    private void Text(byte b)
    {
        switch (b)
        {
            case (byte)'\r':
                _state = State.CarriageReturn;
                break;
            case Iac:
                _state = State.Command;
                break;
            case (byte)'\n' or 0:
                _fault = _fault is LineFault.None ? LineFault.ControlCharacter : _fault;
                Add(b);
                break;
            default:
                Add(b);
                break;
        }
    }

    private void Add(byte b)
    {
        if (_length == LineLimit)
        {
            _fault = LineFault.TooLong;
            _skipped++;
            return;
        }

        _line ??= new byte[64];
        if (_length == _line.Length)
        {
            Array.Resize(ref _line, Math.Min(2 * _length, LineLimit));
        }

        _line[_length++] = b;
    }

    // Nothing is kept between lines: a session that waits must cost little.
    private CommandLine Finish(LineFault fault)
    {
        var line = new CommandLine(_line is null ? [] : _line[.._length], fault);
        (_line, _length, _skipped, _fault, _state) = (null, 0, 0, LineFault.None, State.Text);
        return line;
    }
}
