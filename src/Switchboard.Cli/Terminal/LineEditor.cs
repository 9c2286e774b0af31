using System.Globalization;
using System.Text;

namespace Switchboard.Cli.Terminal;

/// <summary>What a key did to the line.</summary>
internal enum Edit
{
    Going,
    Accepted,
    Cancelled,
    EndOfInput,
    WantsCompletion,
}

/// <summary>
/// One line being typed: text, cursor, history. Knows nothing of a terminal: keys come in, <see cref="Render"/> says what to draw.
/// A line longer than the terminal scrolls sideways, so that it never wraps and wide characters never break at the edge.
/// </summary>
internal sealed class LineEditor(List<string> history)
{
    /// <summary>Far beyond any command; what is typed or pasted beyond it is dropped.</summary>
    public const int MaxLength = 8_192;

    private readonly List<Rune> _text = [];
    private int _cursor;
    private int _past = history.Count;
    private string _draft = "";
    private string _cut = "";

    public string Text => string.Concat(_text);

    /// <summary>What stands before the cursor.</summary>
    public string BeforeCursor => string.Concat(_text.Take(_cursor));

    public Edit Press(Key key)
    {
        switch (key.Kind)
        {
            case KeyKind.Enter: return Edit.Accepted;
            case KeyKind.Interrupt: return Edit.Cancelled;
            case KeyKind.Tab: return Edit.WantsCompletion;
            case KeyKind.EndOfInput when _text.Count == 0: return Edit.EndOfInput;
            case KeyKind.EndOfInput or KeyKind.Delete: RemoveTo(Right(_cursor)); break;
            case KeyKind.Backspace: RemoveTo(Left(_cursor)); break;
            case KeyKind.Text: Insert(key.Rune.ToString()); break;
            case KeyKind.Paste: Insert(_cut); break;
            case KeyKind.CutToEnd: Cut(_text.Count); break;
            case KeyKind.CutToStart: Cut(0); break;
            case KeyKind.CutWord: Cut(WordLeft()); break;
            default: Move(key.Kind); break;
        }
        return Edit.Going;
    }

    /// <summary>Puts text at the cursor.</summary>
    public void Insert(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (_text.Count < MaxLength)
            {
                _text.Insert(_cursor++, rune);
            }
        }
    }

    /// <summary>Replaces the last <paramref name="length"/> characters (UTF-16) before the cursor.</summary>
    public void Replace(int length, string text)
    {
        string before = BeforeCursor;
        int runes = before[^length..].EnumerateRunes().Count();
        RemoveTo(_cursor - runes);
        Insert(text);
    }

    /// <summary>The sequence that draws prompt and line on the current row and leaves the terminal's cursor where ours is.</summary>
    public string Render(string prompt, int width)
    {
        int room = Math.Max(4, width - 1 - TextWidth.Of(prompt));
        int start = FirstShown(room);
        var shown = new StringBuilder();
        int used = 0, before = 0;
        for (int i = start; i < _text.Count; i++)
        {
            int step = TextWidth.Of(_text[i]);
            if (used + step > room)
            {
                break;
            }
            used += step;
            before += i < _cursor ? step : 0;
            shown.Append(_text[i].ToString());
        }
        int column = TextWidth.Of(prompt) + before;
        string home = column > 0 ? string.Create(CultureInfo.InvariantCulture, $"\r\e[{column}C") : "\r";
        return $"\r\e[K{prompt}{shown}{home}";
    }

    // As far left as the cursor still fits.
    private int FirstShown(int room)
    {
        int start = _cursor, used = 0;
        while (start > 0 && used + TextWidth.Of(_text[start - 1]) <= room)
        {
            used += TextWidth.Of(_text[--start]);
        }
        return start;
    }

    private void Move(KeyKind kind)
    {
        switch (kind)
        {
            case KeyKind.Left: _cursor = Left(_cursor); break;
            case KeyKind.Right: _cursor = Right(_cursor); break;
            case KeyKind.WordLeft: _cursor = WordLeft(); break;
            case KeyKind.WordRight: _cursor = WordRight(); break;
            case KeyKind.Home: _cursor = 0; break;
            case KeyKind.End: _cursor = _text.Count; break;
            case KeyKind.Up: Recall(-1); break;
            case KeyKind.Down: Recall(1); break;
            default: break;
        }
    }

    private void Recall(int step)
    {
        int wanted = _past + step;
        if (wanted < 0 || wanted > history.Count)
        {
            return;
        }
        if (_past == history.Count)
        {
            _draft = Text;
        }
        _past = wanted;
        Set(wanted == history.Count ? _draft : history[wanted]);
    }

    private void Set(string text)
    {
        _text.Clear();
        _cursor = 0;
        Insert(text);
    }

    // A mark that combines with the letter before it moves and goes with that letter.
    private int Left(int from)
    {
        int at = Math.Max(0, from - 1);
        while (at > 0 && TextWidth.Of(_text[at]) == 0)
        {
            at--;
        }
        return at;
    }

    private int Right(int from)
    {
        int at = Math.Min(_text.Count, from + 1);
        while (at < _text.Count && TextWidth.Of(_text[at]) == 0)
        {
            at++;
        }
        return at;
    }

    private int WordLeft()
    {
        int at = _cursor;
        while (at > 0 && Rune.IsWhiteSpace(_text[at - 1]))
        {
            at--;
        }
        while (at > 0 && !Rune.IsWhiteSpace(_text[at - 1]))
        {
            at--;
        }
        return at;
    }

    private int WordRight()
    {
        int at = _cursor;
        while (at < _text.Count && Rune.IsWhiteSpace(_text[at]))
        {
            at++;
        }
        while (at < _text.Count && !Rune.IsWhiteSpace(_text[at]))
        {
            at++;
        }
        return at;
    }

    private void Cut(int to)
    {
        var (from, end) = to < _cursor ? (to, _cursor) : (_cursor, to);
        _cut = string.Concat(_text.Skip(from).Take(end - from));
        RemoveTo(to);
    }

    private void RemoveTo(int to)
    {
        var (from, end) = to < _cursor ? (to, _cursor) : (_cursor, to);
        _text.RemoveRange(from, end - from);
        _cursor = from;
    }
}
