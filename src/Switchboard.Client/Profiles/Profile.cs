namespace Switchboard.Client;

/// <summary>A server this installation knows. A token is kept, a password never.</summary>
public sealed record Profile
{
    public required string Name { get; init; }
    /// <summary>The form <see cref="ServerAddress.Parse"/> reads.</summary>
    public required string Address { get; init; }
    public string? User { get; init; }
    /// <summary>A device token, <c>sbt_ID_SECRET</c>.</summary>
    public string? Token { get; init; }
    /// <summary>The pinned public key, <c>SHA256:…</c>.</summary>
    public string? Fingerprint { get; init; }
    /// <summary>Reached without TLS. Never together with a <see cref="Fingerprint"/>.</summary>
    public bool Insecure { get; init; }

    /// <summary>The options to connect with.</summary>
    public ConnectOptions ToOptions() => new()
    {
        Address = ServerAddress.Parse(Address),
        User = User,
        Token = Token,
        Fingerprint = Fingerprint,
        Insecure = Insecure && Fingerprint is null,
    };

    /// <summary>Without the token, so that no log shows it.</summary>
    public override string ToString() => $"{Name} ({User}@{Address})";
}
