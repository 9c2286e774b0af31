namespace Switchboard.Protocol;

/// <summary>A client-first-message, read: whom to look up, and what the rest of the exchange is bound to.</summary>
public sealed record ScramFirst
{
    private const int LongestName = 256, LongestNonce = 256;

    private ScramFirst(string user, string nonce, string bare, string gs2Header) =>
        (User, Nonce, Bare, Gs2Header) = (user, nonce, bare, gs2Header);

    /// <summary>The account's name as sent, <c>=2C</c> and <c>=3D</c> decoded.</summary>
    public string User { get; }

    internal string Nonce { get; }

    /// <summary>client-first-message-bare, which both sides sign.</summary>
    internal string Bare { get; }

    internal string Gs2Header { get; }

    /// <summary>Reads the message and holds it against the mechanism and the channel.</summary>
    /// <param name="mechanism">As asked for in <c>auth</c>.</param>
    /// <param name="message">client-first-message.</param>
    /// <param name="channelBound">The channel is TLS, so that <see cref="Scram.Plus"/> was offered.</param>
    /// <exception cref="RefusedException">
    /// <see cref="RefusalCode.BadRequest"/> for a malformed message, <see cref="RefusalCode.Unsupported"/> for another mechanism or a mandatory
    /// extension, <see cref="RefusalCode.LoginFailed"/> for a downgrade: the client believes that <see cref="Scram.Plus"/> was not offered, though it was.
    /// </exception>
    public static ScramFirst Parse(string mechanism, string message, bool channelBound)
    {
        if (mechanism != Scram.Mechanism && !(mechanism == Scram.Plus && channelBound))
        {
            throw new RefusedException(RefusalCode.Unsupported, mechanism);
        }
        var (header, bare) = Split(message);
        CheckHeader(header, mechanism == Scram.Plus, channelBound);
        return Read(header, bare);
    }

    // gs2-header is "flag,[authzid],": two commas.
    private static (string Header, string Bare) Split(string message)
    {
        var first = message.IndexOf(',', StringComparison.Ordinal);
        var second = first < 0 ? -1 : message.IndexOf(',', first + 1);
        return second < 0 || message.Length > Scram.LongestMessage
            ? throw Malformed("not a client-first-message")
            : (message[..(second + 1)], message[(second + 1)..]);
    }

    // RFC 5802, section 6: "y" says that the client could bind and believes the server cannot. If the server can, somebody changed the list.
    private static void CheckHeader(string header, bool plus, bool channelBound)
    {
        if (header == "y,," && !plus && channelBound)
        {
            throw new RefusedException(RefusalCode.LoginFailed, null, "channel binding was offered but not seen");
        }
        var fits = plus ? header == Scram.Gs2Header(bound: true) : header is "n,," or "y,,";
        if (!fits)
        {
            throw Malformed("gs2 header does not fit the mechanism");
        }
    }

    private static ScramFirst Read(string header, string bare)
    {
        if (bare.StartsWith("m=", StringComparison.Ordinal))
        {
            throw new RefusedException(RefusalCode.Unsupported, "m=");
        }
        var fields = ScramFields.Of(bare);
        if (!fields.TryTake('n', out var name) || Decode(name) is not { } user
            || !fields.TryTake('r', out var nonce) || nonce.Length is 0 or > LongestNonce)
        {
            throw Malformed("not a client-first-message");
        }
        return new ScramFirst(user, nonce, bare, header);
    }

    // saslname (RFC 5802, section 7): a "=" that does not begin =2C or =3D makes the name invalid.
    private static string? Decode(string name)
    {
        var plain = name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        var valid = name.Length is > 0 and <= LongestName && !plain.Contains('=', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal);
        return valid ? plain.Replace('\0', '=') : null;
    }

    private static RefusedException Malformed(string detail) => Scram.Malformed("auth.data", detail);
}
