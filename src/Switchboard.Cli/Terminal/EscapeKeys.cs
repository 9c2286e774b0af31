using System.Buffers;

namespace Switchboard.Cli.Terminal;

/// <summary>What is meant for this side.</summary>
internal enum Escape
{
    None,
    Detach,
    Suspend,
    Help,
}

/// <summary>
/// Finds <c>~.</c> and its kin at the start of a line in what is typed, as ssh does. A tilde there is held back until the next byte says what it
/// was; everything else passes as it is.
/// </summary>
internal sealed class EscapeKeys
{
    private const byte Tilde = (byte)'~', ControlZ = 0x1A;

    private bool _isLineStart = true;
    private bool _isTildeHeld;

    /// <summary>Passes on what is typed, up to the first escape.</summary>
    /// <param name="typed">The bytes; those that were used are taken off.</param>
    /// <param name="passed">Gets what is for the program.</param>
    /// <returns>The escape that was met; <see cref="Escape.None"/> when all bytes were used.</returns>
    public Escape Feed(ref ReadOnlySpan<byte> typed, IBufferWriter<byte> passed)
    {
        while (!typed.IsEmpty)
        {
            byte key = typed[0];
            typed = typed[1..];
            if (_isTildeHeld)
            {
                _isTildeHeld = false;
                if (Meant(key) is var escape and not Escape.None)
                {
                    // Another one may follow at once: nothing of this one was sent.
                    return escape;
                }
                passed.Write([Tilde]);
                if (key == Tilde)
                {
                    _isLineStart = false;
                    continue;
                }
            }
            else if (_isLineStart && key == Tilde)
            {
                _isTildeHeld = true;
                continue;
            }
            _isLineStart = key is (byte)'\r' or (byte)'\n';
            passed.Write([key]);
        }
        return Escape.None;
    }

    /// <summary>The end of what is typed: a tilde that is still held was one.</summary>
    public void End(IBufferWriter<byte> passed)
    {
        if (_isTildeHeld)
        {
            passed.Write([Tilde]);
            _isTildeHeld = false;
        }
    }

    private static Escape Meant(byte key) => key switch
    {
        (byte)'.' => Escape.Detach,
        (byte)'?' => Escape.Help,
        ControlZ => Escape.Suspend,
        _ => Escape.None,
    };
}
