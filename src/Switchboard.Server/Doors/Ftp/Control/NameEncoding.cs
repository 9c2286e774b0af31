using System.Text;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Ftp.Control;

/// <summary>
/// How names travel: UTF-8 (RFC 2640), or the encoding an account's old clients use, until they say <c>OPTS UTF8 ON</c>.
/// </summary>
internal sealed class NameEncoding
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private Encoding? _legacy;

    public bool IsUtf8 { get; private set; } = true;

    /// <summary>The legacy encoding's name; null where the account has none.</summary>
    public string? LegacyName => _legacy?.WebName;

    private Encoding Current => IsUtf8 ? Strict : _legacy!;

    /// <summary>An account was entered: it begins in its own encoding, unless the client asked for UTF-8 already.</summary>
    public void Enter(string? name, bool utf8Asked)
    {
        _legacy = name is null ? null : LegacyEncoding.Of(name);
        IsUtf8 = utf8Asked || _legacy is null;
    }

    /// <returns>False where there is no legacy encoding to change to.</returns>
    public bool TryUse(bool utf8)
    {
        if (!utf8 && _legacy is null)
        {
            return false;
        }

        IsUtf8 = utf8;
        return true;
    }

    /// <returns>Null for bytes that are no text in this encoding.</returns>
    public string? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Current.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Characters the encoding lacks become <c>?</c>, which no name holds that could be asked for, so nothing is mistaken for another.</summary>
    public int Encode(ReadOnlySpan<char> text, Span<byte> bytes) => IsUtf8 ? Encoding.UTF8.GetBytes(text, bytes) : Current.GetBytes(text, bytes);

    public int MaxBytes(int chars) => IsUtf8 ? Encoding.UTF8.GetMaxByteCount(chars) : Current.GetMaxByteCount(chars);
}
