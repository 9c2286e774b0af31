using System.Text;
using System.Text.Unicode;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Chat;

/// <summary>What may be said.</summary>
internal static class MessageText
{
    /// <summary>Checks a text.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/>; <see cref="RefusalCode.BadRequest"/> for what is no UTF-8, or nothing but space.</exception>
    public static void Check(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length > most)
        {
            throw new RefusedException(RefusalCode.OverLimit, "text", $"{text.Length} bytes; a message has at most {most}");
        }

        if (!Utf8.IsValid(text))
        {
            throw new RefusedException(RefusalCode.BadRequest, "text", "not valid UTF-8");
        }

        // Nearly every text has a letter of ASCII, and that is found many bytes at a time.
        if (text.IndexOfAnyInRange((byte)'!', (byte)'~') < 0 && IsNothing(text))
        {
            throw new RefusedException(RefusalCode.BadRequest, "text", "an empty message is not sent");
        }
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static string? CheckedKey(string? key) => key is null || (key.Length is > 0 and <= ChatOptions.KeyLength && !key.Any(letter => letter is < '!' or > '~' or '"' or '\\'))
        ? key
        : throw new RefusedException(RefusalCode.BadRequest, "key", $"1 to {ChatOptions.KeyLength} visible ASCII characters but quote and backslash");

    private static bool IsNothing(ReadOnlySpan<byte> bytes)
    {
        var nothing = true;
        while (!bytes.IsEmpty)
        {
            Rune.DecodeFromUtf8(bytes, out var rune, out var used);
            nothing &= Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format;
            bytes = bytes[used..];
        }

        return nothing;
    }
}
