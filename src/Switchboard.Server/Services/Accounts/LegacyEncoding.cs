using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// The encodings of file names that FTP clients from before UTF-8 (RFC 2640) use. In all of them the bytes of CR, LF, NUL and <c>/</c> mean these
/// characters and nothing else, so a name can neither end a line nor leave its folder. UTF-8 is none of them: it is what holds without one.
/// </summary>
public static class LegacyEncoding
{
    /// <summary>The word that takes an account's encoding away.</summary>
    public const string None = "none";

    private static readonly string[] Names =
    [
        "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr",
        "windows-874", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
        "iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "iso-8859-13", "iso-8859-15",
        "koi8-r", "koi8-u",
    ];

    private static readonly Dictionary<int, string> ByCodePage = Names.ToDictionary(name => Find(name)!.CodePage);

    /// <summary>The names that are stored and shown.</summary>
    public static IReadOnlyList<string> Known => Names;

    /// <summary>The stored name of an encoding, also for its other names, such as <c>cp936</c> or <c>latin1</c>.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for what is none, naming those that are.</exception>
    public static string Parse(string name) =>
        name.Length <= AccountName.MaxLength && Find(Alias(name)) is { } found && ByCodePage.TryGetValue(found.CodePage, out var known)
            ? known
            : throw new RefusedException(RefusalCode.BadRequest, "ftp_encoding " + AccountName.Shorten(name), $"one of {string.Join(", ", Names)}, or {None}");

    /// <summary>
    /// The encoding of a stored name. Bytes that are no text in it throw <see cref="DecoderFallbackException"/>; characters it does not have
    /// become <c>?</c>.
    /// </summary>
    public static Encoding Of(string name)
    {
        var encoding = (Encoding)Find(Parse(name))!.Clone();
        encoding.EncoderFallback = EncoderFallback.ReplacementFallback;
        encoding.DecoderFallback = DecoderFallback.ExceptionFallback;
        return encoding;
    }

    // "cp1251" is how code pages are called beside the registered names; the provider knows some by that and some not.
    private static string Alias(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower is "cp932" ? "shift_jis" : lower is "cp936" ? "gbk" : lower is "cp949" ? "euc-kr" : lower is "cp950" ? "big5"
            : lower.StartsWith("cp125", StringComparison.Ordinal) ? "windows-" + lower[2..] : lower;
    }

    private static Encoding? Find(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception none) when (none is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
