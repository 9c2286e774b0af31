using System.Globalization;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Lab;

/// <summary>Bytes as people read them: text in quotes where it is text, else hexadecimal; long ones are cut and counted.</summary>
public static class ByteText
{
    private const int LongestText = 48, LongestHex = 20;
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        if (TryText(bytes) is not { } text)
        {
            return Hex(bytes);
        }
        return bytes.Length <= LongestText ? $"\"{text}\"" : string.Create(CultureInfo.InvariantCulture, $"\"{TryText(Cut(bytes))}…\" ({bytes.Length:N0})");
    }

    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        string shown = string.Join(' ', bytes[..Math.Min(bytes.Length, LongestHex)].ToArray().Select(one => one.ToString("x2", CultureInfo.InvariantCulture)));
        return bytes.Length <= LongestHex ? $"[{shown}]" : string.Create(CultureInfo.InvariantCulture, $"[{shown} …] ({bytes.Length:N0})");
    }

    internal static string Of<T>(T value) => value switch
    {
        byte[] bytes => Of(bytes.AsSpan()),
        string text => $"\"{Escaped(text)}\"",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };

    private static string? TryText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            string text = s_strict.GetString(bytes);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? null : Escaped(text);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string Escaped(string text) => Printable.Escape(text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal));

    // Not in the middle of a character.
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> bytes)
    {
        int end = LongestText - 8;
        while ((bytes[end] & 0xC0) == 0x80)
        {
            end--;
        }
        return bytes[..end];
    }
}
