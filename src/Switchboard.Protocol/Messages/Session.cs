using System.Globalization;

namespace Switchboard.Protocol;

/// <summary>First frame of a connection: which version the client speaks, its language, and its device.</summary>
public sealed record Hello : Message
{
    public override string Type => "hello";
    public required int Version { get; init; }
    public string? Client { get; init; }
    /// <summary>Language of sentences in answers: <c>en</c> or <c>zh</c>; anything else means <c>en</c>.</summary>
    public string? Lang { get; init; }
    /// <summary>An id this installation made itself, 1 to 64 characters of <c>[A-Za-z0-9_-]</c>.</summary>
    public string? Device { get; init; }
}

/// <summary>Answer to <see cref="Hello"/> (frame type <c>ok</c>).</summary>
public sealed record HelloAnswer : Message
{
    public override string Type => "ok";
    public required int Version { get; init; }
    public required string Server { get; init; }
    /// <summary>The server's own name for itself (host name).</summary>
    public string? Name { get; init; }
    /// <summary>Login mechanisms this connection may use: <c>SCRAM-SHA-256</c>, <c>SCRAM-SHA-256-PLUS</c> under TLS, <c>PEER</c> on the Unix socket.</summary>
    public required string[] Mechanisms { get; init; }
    /// <summary>Most bytes of payload accepted in one <c>put</c>; larger files use <c>upload</c>.</summary>
    public required long PutLimit { get; init; }
    /// <summary>Most requests that may be under way before the server stops reading.</summary>
    public required int Window { get; init; }
}

/// <summary>One step of a login. The first carries the mechanism and names; each carries a SCRAM message in <see cref="Data"/>.</summary>
public sealed record Auth : Message
{
    public override string Type => "auth";
    /// <summary>Only in the first step.</summary>
    public string? Mechanism { get; init; }
    /// <summary>Only in the first step: the id of the device token whose secret is being proved; absent for a password.</summary>
    public string? Token { get; init; }
    /// <summary>Only in the first step: wait in line when all places are taken, instead of being refused.</summary>
    public bool? Wait { get; init; }
    /// <summary>The SCRAM message as text (RFC 5802, section 7).</summary>
    public string? Data { get; init; }
}

/// <summary>The server's SCRAM challenge (server-first-message).</summary>
public sealed record Challenge : Message
{
    public override string Type => "challenge";
    public required string Data { get; init; }
}

/// <summary>All places are taken and the client asked to wait: its position in line, from 1. Repeated when it changes.</summary>
public sealed record Waiting : Message
{
    public override string Type => "waiting";
    public required int Position { get; init; }
}

/// <summary>Answer to the last <see cref="Auth"/>, and to <see cref="WhoAmI"/> (frame type <c>ok</c>).</summary>
public sealed record LoginAnswer : Message
{
    public override string Type => "ok";
    /// <summary>server-final-message: proves that the server knows the verifier. Absent in the answer to <c>whoami</c> and for <c>PEER</c>.</summary>
    public string? Data { get; init; }
    public required string Account { get; init; }
    /// <summary>Of <c>files</c>, <c>run</c>, <c>chat</c>, <c>admin</c>, <c>share</c>.</summary>
    public required string[] Allow { get; init; }
    /// <summary>Bytes; absent means no quota.</summary>
    public long? Quota { get; init; }
    /// <summary>Bytes stored, partial uploads included.</summary>
    public required long Used { get; init; }
    /// <summary>The part of <see cref="Used"/> that the bin holds. It gives way, so it is part of <see cref="Free"/> too.</summary>
    public long Bin { get; init; }
    /// <summary>Bytes that may still be stored: the smaller of quota and disk.</summary>
    public required long Free { get; init; }
    /// <summary>The token that logged in, absent for a password.</summary>
    public string? Token { get; init; }
}

public sealed record WhoAmI : Message
{
    public override string Type => "whoami";
}

/// <summary>Keeps an idle connection; answered <c>ok</c>.</summary>
public sealed record Ping : Message
{
    public override string Type => "ping";
}

/// <summary>Asks for the keys of a session over datagrams, logged in as this connection is (docs/protocol.md, chapter 12). Needs TLS, the Unix socket, or loopback.</summary>
public sealed record DatagramRequest : Message
{
    public override string Type => "datagram";
}

/// <summary>Answer to <see cref="DatagramRequest"/> (frame type <c>ok</c>): what both ends of the session know.</summary>
public sealed record DatagramAnswer : Message
{
    public override string Type => "ok";
    /// <summary>UDP, at the address this connection went to.</summary>
    public required int Port { get; init; }
    /// <summary>8 bytes as 16 hexadecimal digits.</summary>
    public required string Session { get; init; }
    /// <summary>32 bytes in base64.</summary>
    public required string Secret { get; init; }
    /// <summary>16 bytes in base64: by them the server says that it knows the session no more.</summary>
    public required string Reset { get; init; }

    public static DatagramAnswer Of(long? id, int port, DatagramKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new()
        {
            Id = id,
            Port = port,
            Session = keys.Session.ToString("x16", CultureInfo.InvariantCulture),
            Secret = Convert.ToBase64String(keys.Secret),
            Reset = Convert.ToBase64String(keys.ResetToken),
        };
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadFrame"/>: not what a server says.</exception>
    public DatagramKeys ToKeys()
    {
        var secret = new byte[DatagramConnection.SecretBytes];
        var token = new byte[DatagramConnection.ResetTokenBytes];
        var isFine = ulong.TryParse(Session, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var session)
            && Convert.TryFromBase64String(Secret, secret, out var secretLength) && secretLength == secret.Length
            && Convert.TryFromBase64String(Reset, token, out var tokenLength) && tokenLength == token.Length
            && Port is > 0 and <= ushort.MaxValue;
        return isFine ? new(session, secret, token) : throw new RefusedException(RefusalCode.BadFrame, "datagram", "keys that cannot be");
    }
}

/// <summary>Server to client, without an id: the server is stopping or the session was ended; the connection closes after it.</summary>
public sealed record ClosingNotice : Message
{
    public override string Type => "closing";
    public required string Code { get; init; }
    public string? Message { get; init; }
}

/// <summary>A plain "done".</summary>
public sealed record Done : Message
{
    public override string Type => "ok";
    /// <summary>How many items came before, where a list was asked for.</summary>
    public long? Count { get; init; }
}

/// <summary>The request failed; the connection goes on unless the code is one of those in docs/protocol.md that end it.</summary>
public sealed record ErrorAnswer : Message
{
    public override string Type => "error";
    /// <summary>A <see cref="RefusalCode"/> in <c>snake_case</c>.</summary>
    public required string Code { get; init; }
    /// <summary>One sentence for a person, in the language of <see cref="Hello.Lang"/>.</summary>
    public required string Message { get; init; }
    /// <summary>What to do next, where there is something.</summary>
    public string? Hint { get; init; }
    public string? Subject { get; init; }
    public string? Detail { get; init; }
    public long? Free { get; init; }
    public long? Missing { get; init; }
    public double? RetryAfter { get; init; }
}

/// <summary>A part of a list: the payload is NDJSON, one object per line, at most 256 KiB a frame. Ended by <c>ok</c>.</summary>
public sealed record Items : Message
{
    public override string Type => "items";
    public required int Count { get; init; }
}
