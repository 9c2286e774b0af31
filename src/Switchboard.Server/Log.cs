using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Switchboard.Protocol;

namespace Switchboard.Server;

/// <summary>
/// One line per event on stderr: <c>time level area: text</c>, or one JSON object. A line is written whole and at once, so that a
/// crash loses none; nothing is queued. Never give it a secret; names from outside are escaped here.
/// </summary>
public sealed class Log(TextWriter output, LogLevel least, bool json, TimeProvider clock)
{
    private readonly Lock _gate = new();

    public static Log Silent { get; } = new(TextWriter.Null, LogLevel.Off, false, TimeProvider.System);

    /// <summary>Lines below it are not written; may be changed while others write.</summary>
    public LogLevel Least { get; set; } = least;

    public bool IsEnabled(LogLevel level) => level >= Least && Least != LogLevel.Off;

    public void Debug(string area, string text) => Write(LogLevel.Debug, area, text);

    public void Info(string area, string text) => Write(LogLevel.Info, area, text);

    public void Warning(string area, string text) => Write(LogLevel.Warning, area, text);

    public void Error(string area, string text, Exception? exception = null) =>
        Write(LogLevel.Error, area, exception is null ? text : $"{text}: {exception}");

    private void Write(LogLevel level, string area, string text)
    {
        if (!IsEnabled(level))
        {
            return;
        }

        string line = json ? AsJson(level, area, text) : AsText(level, area, text);
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private string AsText(LogLevel level, string area, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {NameOf(level)} {area}: {Printable.Escape(text)}");

    private string AsJson(LogLevel level, string area, string text)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("time", clock.GetUtcNow().UtcDateTime);
            writer.WriteString("level", NameOf(level));
            writer.WriteString("area", area);
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };
}
