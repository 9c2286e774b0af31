namespace Switchboard.Client;

/// <summary>How to reach a server and log in.</summary>
public sealed record ConnectOptions
{
    public required ServerAddress Address { get; init; }

    /// <summary>The account; absent only on a Unix socket, where the server then knows the caller by its user id.</summary>
    public string? User { get; init; }

    /// <summary>The account's password; it never crosses the line (SCRAM-SHA-256, RFC 7677). Ignored where a token is given.</summary>
    public string? Password { get; init; }

    /// <summary>A device token, <c>sbt_ID_SECRET</c>.</summary>
    public string? Token { get; init; }

    /// <summary>The pin: <c>SHA256:</c> and the base64 of the digest of the server's public key. With a pin, nothing but TLS with that key is spoken.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Speak plain TCP. Ignored where a <see cref="Fingerprint"/> is given: a pinned server is never spoken to in plain.</summary>
    public bool Insecure { get; init; }

    /// <summary>Language of the server's sentences: <c>en</c> or <c>zh</c>.</summary>
    public string Lang { get; init; } = "en";

    /// <summary>This installation's id, 1 to 64 characters of <c>[A-Za-z0-9_-]</c>; see <see cref="ProfileStore.DeviceId"/>.</summary>
    public string? Device { get; init; }

    /// <summary>What the server logs about the client, such as <c>switchboard/0.1.0</c>.</summary>
    public string? ClientName { get; init; }

    /// <summary>Asked on first use, when there is no pin, with the server's fingerprint; without it an unpinned server is not trusted.</summary>
    public Func<string, ValueTask<bool>>? ConfirmFingerprint { get; init; }

    /// <summary>For TCP and TLS, and again for the login; a wait for a place or for <see cref="ConfirmFingerprint"/> does not count. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait in line when the server has no place for another user, instead of being refused.</summary>
    public bool WaitForPlace { get; init; }

    /// <summary>Told the position in line, from 1, whenever it changes.</summary>
    public Action<int>? OnWaiting { get; init; }

    /// <summary>
    /// Return once the last frame of the login is written: requests made then ride in the same flight, one round trip earlier.
    /// They fail with the login's reason if it fails, and nothing is believed before the server has proved itself.
    /// Holds only under TLS and on Unix sockets, where nobody but the pinned server reads along.
    /// </summary>
    public bool EarlyRequests { get; init; }

    /// <summary>
    /// Log in as always, and go on over sealed datagrams (UDP): for lines that lose much or change their address, for a session stays one across
    /// all addresses of this machine. Refused where the server takes none, or none arrive.
    /// </summary>
    public bool Datagrams { get; init; }

    /// <summary>
    /// Do not load the system's certificate store (Linux; about 40 ms at the first handshake of a process).
    /// It is set for the whole process, so leave it off in programs that also talk HTTPS.
    /// </summary>
    public bool SkipSystemCertificates { get; init; }
}
