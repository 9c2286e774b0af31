namespace Switchboard.Server.Services.Commands;

/// <summary>
/// Takes the questions out of terminal output that is shown again. A program asks its terminal where the cursor is or what it can do (ECMA-48 DSR
/// and DA, xterm's reports) and has long been answered; asked again, the new reader's terminal would answer into the program as if a person had typed it.
/// </summary>
internal static class TerminalQueries
{
    private const byte Escape = 0x1B, Bell = 0x07;

    /// <summary>Replaces each question by as many NULs, which terminals ignore, so that every byte keeps its place.</summary>
    public static void Blank(Span<byte> output)
    {
        for (var at = output.IndexOf(Escape); at >= 0 && at + 1 < output.Length; at = Next(output, at))
        {
            var rest = output[at..];
            var (length, isQuestion) = rest[1] switch
            {
                (byte)'[' => Control(rest),
                (byte)']' => Text(rest, asks: rest => rest.IndexOf(";?"u8) >= 0),
                (byte)'P' => Text(rest, asks: rest => rest[2..].StartsWith("+q"u8) || rest[2..].StartsWith("$q"u8)),
                _ => (1, false),
            };
            if (isQuestion)
            {
                rest[..length].Clear();
            }
        }
    }

    private delegate bool Asks(ReadOnlySpan<byte> text);

    private static int Next(ReadOnlySpan<byte> output, int at)
    {
        var next = output[(at + 1)..].IndexOf(Escape);
        return next < 0 ? -1 : at + 1 + next;
    }

    // CSI, parameters and intermediates (0x20 to 0x3F), one final byte.
    private static (int Length, bool IsQuestion) Control(ReadOnlySpan<byte> rest)
    {
        var end = rest[2..].IndexOfAnyExceptInRange((byte)0x20, (byte)0x3F);
        if (end < 0)
        {
            return (1, false);
        }

        var parameters = rest.Slice(2, end);
        var asks = rest[2 + end] switch
        {
            (byte)'n' or (byte)'c' or (byte)'x' => true,
            (byte)'q' => parameters.StartsWith(">"u8),
            (byte)'p' => parameters.EndsWith("$"u8),
            // Window reports; 8 and below, and 22 and 23, move things and are not answered.
            (byte)'t' => parameters is [(byte)'1', >= (byte)'1' and <= (byte)'9', ..] or [(byte)'2', (byte)'0' or (byte)'1', ..],
            _ => false,
        };
        return (end + 3, asks);
    }

    // OSC or DCS, up to BEL or ESC \.
    private static (int Length, bool IsQuestion) Text(ReadOnlySpan<byte> rest, Asks asks)
    {
        var end = rest[2..].IndexOfAny(Bell, Escape);
        return end < 0 ? (1, false) : (end + 2 + (rest[2 + end] == Bell ? 1 : Math.Min(2, rest.Length - end - 2)), asks(rest[..(end + 2)]));
    }
}
