using System.Globalization;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// Account names: 1 to 32 of <c>a-z 0-9 . _ -</c> and letters of other scripts, beginning with a letter or digit, in NFC and lower case,
/// so that a name has one spelling and is safe as a folder's name.
/// </summary>
public static class AccountName
{
    /// <summary>Unicode characters; at four bytes each well below the 255 bytes of a file name.</summary>
    public const int MaxLength = 32;

    /// <summary>The one spelling of a name.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadAccountName"/>.</exception>
    public static string Normalize(string name) =>
        TryNormalize(name, out var normal) ? normal : throw new RefusedException(RefusalCode.BadAccountName, Shorten(name));

    public static bool TryNormalize(string name, out string normal)
    {
        normal = "";
        if (name.Length is 0 or > 4 * MaxLength)
        {
            return false;
        }

        normal = Nfc.Normalize(name).ToLowerInvariant();
        var runes = normal.EnumerateRunes().ToArray();
        return runes.Length <= MaxLength && IsStart(runes[0]) && runes.All(r => IsStart(r) || IsInner(r)) && !MixesLookalikes(runes);
    }

    internal static string Shorten(string name) => name.Length <= MaxLength ? name : name[..MaxLength];

    private static bool IsStart(Rune rune) => rune.IsAscii
        ? rune.Value is (>= 'a' and <= 'z') or (>= '0' and <= '9')
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
          && !IsDisguise(rune.Value);

    private static bool IsInner(Rune rune) => rune.IsAscii
        ? rune.Value is '.' or '_' or '-'
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark && !IsDisguise(rune.Value);

    // Letters by category that are invisible or imitate others: fillers, variation selectors, full-width, mathematical and letter-like forms.
    private static bool IsDisguise(int value) => value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFFD
        or (>= 0x180B and <= 0x180F) or (>= 0x2100 and <= 0x214F) or (>= 0xFB00 and <= 0xFB06) or (>= 0xFE00 and <= 0xFE0F)
        or (>= 0xFF00 and <= 0xFFEF) or (>= 0x1D400 and <= 0x1D7FF) or (>= 0xE0000 and <= 0xE0FFF);

    // "аdmin" with a Cyrillic first letter: scripts with look-alikes of Latin letters may not be mixed with Latin ones.
    private static bool MixesLookalikes(Rune[] runes) => runes.Any(IsLatin) && runes.Any(r => r.Value is
        (>= 0x0370 and <= 0x058F) or (>= 0x13A0 and <= 0x13FF) or (>= 0x1F00 and <= 0x1FFF) or (>= 0x2C80 and <= 0x2CFF) or (>= 0xA640 and <= 0xA69F) or (>= 0xAB70 and <= 0xABBF));

    private static bool IsLatin(Rune rune) => rune.Value is (>= 'a' and <= 'z') or (>= 0x00C0 and <= 0x02AF) or (>= 0x1E00 and <= 0x1EFF);
}
