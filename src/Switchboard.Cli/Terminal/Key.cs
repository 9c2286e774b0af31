using System.Text;

namespace Switchboard.Cli.Terminal;

internal enum KeyKind
{
    Text,
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,
    PageUp,
    Interrupt,
    EndOfInput,
    CutToEnd,
    CutToStart,
    CutWord,
    Paste,
    Redraw,
    Unknown,
}

/// <summary>One key press; the rune only for <see cref="KeyKind.Text"/>.</summary>
internal readonly record struct Key(KeyKind Kind, Rune Rune = default);

/// <summary>Turns a terminal's bytes into keys: UTF-8, control characters, and the escape sequences of xterm and its kin (ECMA-48 CSI, SS3).</summary>
internal sealed class KeyDecoder
{
    // The longest sequence we know has 6 bytes; what goes on longer is no key.
    private const int LongestSequence = 16;

    private readonly List<byte> _bytes = [];

    public void Feed(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>The next whole key; false when more bytes are needed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="atRest">Nothing more is on its way: a lone ESC is a key by itself, and not the start of a sequence.</param>
    public bool TryNext(out Key key, bool atRest = false)
    {
        key = default;
        if (_bytes.Count == 0)
        {
            return false;
        }
        byte first = _bytes[0];
        return first switch
        {
            0x1B => TryEscape(atRest, out key),
            < 0x20 or 0x7F => Take(1, new Key(Control(first)), out key),
            _ => TryText(atRest, out key),
        };
    }

    private static KeyKind Control(byte code) => code switch
    {
        0x01 => KeyKind.Home,
        0x02 => KeyKind.Left,
        0x03 => KeyKind.Interrupt,
        0x04 => KeyKind.EndOfInput,
        0x05 => KeyKind.End,
        0x06 => KeyKind.Right,
        0x08 or 0x7F => KeyKind.Backspace,
        0x09 => KeyKind.Tab,
        0x0A or 0x0D => KeyKind.Enter,
        0x0B => KeyKind.CutToEnd,
        0x0C => KeyKind.Redraw,
        0x0E => KeyKind.Down,
        0x10 => KeyKind.Up,
        0x15 => KeyKind.CutToStart,
        0x17 => KeyKind.CutWord,
        0x19 => KeyKind.Paste,
        _ => KeyKind.Unknown,
    };

    private bool TryText(bool atRest, out Key key)
    {
        var status = Rune.DecodeFromUtf8(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes), out Rune rune, out int used);
        if (status == System.Buffers.OperationStatus.NeedMoreData && !atRest)
        {
            key = default;
            return false;
        }
        bool good = status == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune);
        return Take(used, good ? new Key(KeyKind.Text, rune) : new Key(KeyKind.Unknown), out key);
    }

    private bool TryEscape(bool atRest, out Key key)
    {
        if (_bytes.Count == 1)
        {
            key = default;
            return atRest && Take(1, new Key(KeyKind.Unknown), out key);
        }
        if (_bytes[1] is (byte)'[' or (byte)'O')
        {
            return TrySequence(atRest, out key);
        }
        KeyKind kind = _bytes[1] switch { (byte)'b' => KeyKind.WordLeft, (byte)'f' => KeyKind.WordRight, 0x7F => KeyKind.CutWord, _ => KeyKind.Unknown };
        return Take(2, new Key(kind), out key);
    }

    private bool TrySequence(bool atRest, out Key key)
    {
        int end = _bytes.FindIndex(2, b => b is >= 0x40 and <= 0x7E);
        if (end < 0)
        {
            key = default;
            bool broken = atRest || _bytes.Count > LongestSequence;
            return broken && Take(_bytes.Count, new Key(KeyKind.Unknown), out key);
        }
        string sequence = string.Concat(_bytes.Skip(2).Take(end - 1).Select(b => (char)b));
        return Take(end + 1, new Key(Named(sequence)), out key);
    }

    private static KeyKind Named(string sequence) => sequence switch
    {
        "A" => KeyKind.Up,
        "B" => KeyKind.Down,
        "C" => KeyKind.Right,
        "D" => KeyKind.Left,
        "H" or "1~" or "7~" => KeyKind.Home,
        "F" or "4~" or "8~" => KeyKind.End,
        "3~" => KeyKind.Delete,
        "5~" => KeyKind.PageUp,
        "1;5D" or "1;3D" => KeyKind.WordLeft,
        "1;5C" or "1;3C" => KeyKind.WordRight,
        _ => KeyKind.Unknown,
    };

    private bool Take(int count, Key made, out Key key)
    {
        _bytes.RemoveRange(0, Math.Min(count, _bytes.Count));
        key = made;
        return true;
    }
}
