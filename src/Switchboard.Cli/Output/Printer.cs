using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>Everything the program says goes through here: results to stdout, remarks and errors to stderr, in one language, as text or JSON.</summary>
internal sealed class Printer(PrinterOptions options, Stream output, Stream error)
{
    // Chinese stays readable in JSON; what could turn the order of a line is escaped in Json().
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly StringBuilder _pending = new();

    // Transfers report progress, files and failures from threads of their own.
    private readonly Lock _lock = new();
    private bool _progressShown;

    public PrinterOptions Options { get; } = options;

    public Language Language => Options.Language;

    public bool IsJson => Options.Json;

    public Stream Output { get; } = output;

    /// <summary>For what a remote program says there; our own words go through the methods below.</summary>
    public Stream ErrorOutput { get; } = error;

    /// <summary>The width to lay text out for; without a terminal, plenty.</summary>
    public int Width => Options.Width;

    /// <summary>Lines of results until now.</summary>
    public long Lines { get; private set; }

    public string In(Words words) => words.In(Language);

    public string Styled(Style style, string text) => Styles.Apply(style, text, Options.Color);

    /// <summary>One line of the result.</summary>
    public void Line(string text = "")
    {
        using var _ = _lock.EnterScope();
        Lines++;
        _pending.Append(text).Append('\n');
        // A person sees lines at once; a pipe gets them in pieces of a pipe's usual 64 KiB and at the end.
        if (Options.OutputIsTerminal || _pending.Length > 32 * 1024)
        {
            Flush();
        }
    }

    public void Line(Words words) => Line(In(words));

    /// <summary>A text that others wrote, safe for a terminal; through a pipe it stays as it is.</summary>
    public string Safe(string text) => Options.OutputIsTerminal ? Printable.Escape(text) : text;

    /// <summary>One JSON object on a line of its own.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type) => Line(ToJson(value, type, Options.OutputIsTerminal));

    /// <summary>One JSON object on stderr, where stdout carries content.</summary>
    public void ComplainJson<T>(T value, JsonTypeInfo<T> type) => Complain(ToJson(value, type, Options.ErrorIsTerminal));

    /// <summary>A remark for people: stderr, and not with <c>--quiet</c> or <c>--json</c>.</summary>
    public void Note(Words words)
    {
        if (!Options.Quiet && !IsJson)
        {
            Complain(In(words));
        }
    }

    /// <summary>Something that went wrong without stopping the command, or the one that did: a sentence and, where it helps, what to do next.</summary>
    public void Error(string code, string sentence, string? hint)
    {
        Flush();
        if (IsJson)
        {
            var told = new ErrorLine { Error = new() { Code = code, Message = sentence, Hint = hint } };
            WriteError(ToJson(told, CliJson.Default.ErrorLine, Options.ErrorIsTerminal) + "\n");
            return;
        }
        string mark = Styles.Apply(Style.Bad, "switchboard:", Options.ErrorColor);
        Wrapped($"switchboard: {Printable.Escape(sentence)}", 0, line => line.StartsWith("switchboard:", StringComparison.Ordinal) ? mark + line["switchboard:".Length..] : line);
        if (hint is not null)
        {
            Wrapped("→ " + Printable.Escape(hint), 2, line => Styles.Apply(Style.Faint, line, Options.ErrorColor));
        }
    }

    // A terminal would break in the middle of a word; what reads a pipe wants one line.
    private void Wrapped(string text, int indent, Func<string, string> styled)
    {
        int hang = indent == 0 ? 0 : indent + 2;
        var lines = Options.ErrorIsTerminal ? TextWidth.Wrap(text, Width - hang) : [text];
        for (int i = 0; i < lines.Count; i++)
        {
            Complain(styled(new string(' ', i == 0 ? indent : hang) + lines[i]));
        }
    }

    public void Error(string code, Words sentence, Words? hint = null) => Error(code, In(sentence), hint?.In(Language));

    /// <summary>Says a refusal in its own words; returns the exit code that belongs to it.</summary>
    public int Refuse(Refusal refusal)
    {
        Error(refusal.Code.Name(), RefusalText.Sentence(refusal, Language), RefusalText.Hint(refusal, Language));
        return ExitCode.Of(refusal.Code);
    }

    /// <summary>Replaces the progress line; empty removes it.</summary>
    public void Progress(string line)
    {
        using var _ = _lock.EnterScope();
        if (line.Length > 0 || _progressShown)
        {
            WriteError("\r\e[2K" + line);
            _progressShown = line.Length > 0;
        }
    }

    /// <summary>Bytes of others to one of the two streams, in one go: nothing comes between them.</summary>
    public void Pass(ReadOnlySpan<byte> bytes, Stream to)
    {
        using var _ = _lock.EnterScope();
        Flush();
        Progress("");
        to.Write(bytes);
    }

    /// <summary>A question or greeting on stderr, without a line's end.</summary>
    public void Ask(string text)
    {
        Flush();
        Progress("");
        WriteError(text);
    }

    /// <summary>A line on stderr as it is.</summary>
    public void Complain(string line)
    {
        using var _ = _lock.EnterScope();
        Flush();
        Progress("");
        WriteError(line + "\n");
    }

    public void Flush()
    {
        using var _ = _lock.EnterScope();
        if (_pending.Length == 0)
        {
            return;
        }
        Progress("");
        byte[] bytes = Encoding.UTF8.GetBytes(_pending.ToString());
        _pending.Clear();
        Output.Write(bytes);
    }

    // A terminal in raw mode goes down a line at a line feed, but not back to its beginning.
    private void WriteError(string text) =>
        ErrorOutput.Write(Encoding.UTF8.GetBytes(Options.ErrorIsTerminal && RawMode.IsActive ? text.Replace("\n", "\r\n", StringComparison.Ordinal) : text));

    private static string ToJson<T>(T value, JsonTypeInfo<T> type, bool terminal)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, s_json))
        {
            JsonSerializer.Serialize(writer, value, type);
        }
        string text = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return terminal ? EscapeDirections(text) : text;
    }

    // Controls are escaped by JSON itself; bidirectional marks are not. Within JSON they can only stand inside strings.
    private static string EscapeDirections(string json)
    {
        if (Printable.Escape(json) == json)
        {
            return json;
        }
        var safe = new StringBuilder(json.Length + 32);
        foreach (Rune rune in json.EnumerateRunes())
        {
            string one = rune.ToString();
            bool dangerous = Printable.Escape(one) != one;
            safe.Append(dangerous ? string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}") : one);
        }
        return safe.ToString();
    }
}
