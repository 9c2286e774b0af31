using System.Globalization;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Ftp.Control;

/// <summary>Replies as they go over the control connection (RFC 959, section 4.2).</summary>
internal static class Reply
{
    public static string Line(int code, string text) => $"{Code(code)} {Clean(text)}\r\n";

    /// <summary>Several lines: the first and last carry the code, those between begin with a space so that none is mistaken for the end.</summary>
    public static string Lines(int code, string first, IEnumerable<string> between, string last)
    {
        var text = new StringBuilder($"{Code(code)}-{Clean(first)}\r\n");
        foreach (var line in between)
        {
            text.Append(' ').Append(Clean(line)).Append("\r\n");
        }

        return text.Append(Line(code, last)).ToString();
    }

    /// <summary>A path in quotes, its own doubled (RFC 959, appendix II).</summary>
    public static string Quoted(string path) => $"\"{path.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>What a name holds must never end a line: it would be read as a reply of ours.</summary>
    public static string Clean(string text) => Printable.Escape(text);

    private static string Code(int code) => code.ToString(CultureInfo.InvariantCulture);
}
