namespace Switchboard.Protocol;

/// <summary>What a server keeps instead of a password or token secret (RFC 5802, section 3). The client computes it, so that no secret crosses the line.</summary>
public sealed record Verifier
{
    /// <summary>Base64, 16 random bytes.</summary>
    public required string Salt { get; init; }
    public required int Iterations { get; init; }
    /// <summary>Base64 of H(HMAC(SaltedPassword, "Client Key")).</summary>
    public required string StoredKey { get; init; }
    /// <summary>Base64 of HMAC(SaltedPassword, "Server Key").</summary>
    public required string ServerKey { get; init; }
}

/// <summary>Changes the caller's own password. Revokes all other tokens of the account and ends its other sessions.</summary>
public sealed record PasswordRequest : Message
{
    public override string Type => "password";
    public required Verifier Verifier { get; init; }
}

/// <summary>Adds an account (permission <c>admin</c>).</summary>
public sealed record AccountAdd : Message
{
    public override string Type => "account-add";
    public required string Name { get; init; }
    public required Verifier Verifier { get; init; }
    public long? Quota { get; init; }
    /// <summary>Default <c>files</c>, <c>chat</c>.</summary>
    public string[]? Allow { get; init; }
    /// <summary>How its FTP clients that know no UTF-8 spell names, such as <c>gbk</c>; absent or <c>none</c> means UTF-8.</summary>
    public string? FtpEncoding { get; init; }
}

/// <summary>Answered by <see cref="Items"/> of <see cref="AccountEntry"/>; with a name, only that one.</summary>
public sealed record AccountList : Message
{
    public override string Type => "account-list";
    public string? Name { get; init; }
}

public sealed record AccountEntry
{
    public required string Name { get; init; }
    public required string[] Allow { get; init; }
    public long? Quota { get; init; }
    public required long Used { get; init; }
    public required bool Disabled { get; init; }
    /// <summary>Microseconds since 1970.</summary>
    public required long Created { get; init; }
    public long? LastLogin { get; init; }
    public required int Tokens { get; init; }
    public required int Sessions { get; init; }
    public string? FtpEncoding { get; init; }
    /// <summary>Its jobs see the machine's network.</summary>
    public bool? RunNetwork { get; init; }
    /// <summary>The only programs its jobs may begin with; empty means any.</summary>
    public string[]? RunPrograms { get; init; }
    /// <summary>Paths outside the home that its jobs see, with <c>:rw</c> behind those they may write; empty means none.</summary>
    public string[]? RunPaths { get; init; }
}

/// <summary>Changes what is given; absent fields stay. A <see cref="Quota"/> of -1 lifts it.</summary>
public sealed record AccountSet : Message
{
    public override string Type => "account-set";
    public required string Name { get; init; }
    public long? Quota { get; init; }
    public string[]? Allow { get; init; }
    public bool? Disabled { get; init; }
    /// <summary><c>none</c> takes it away.</summary>
    public string? FtpEncoding { get; init; }
    /// <summary>Its jobs see the machine's network.</summary>
    public bool? RunNetwork { get; init; }
    /// <summary>The only programs its jobs may begin with; empty means any.</summary>
    public string[]? RunPrograms { get; init; }
    /// <summary>Paths outside the home that its jobs see, with <c>:rw</c> behind those they may write; empty means none.</summary>
    public string[]? RunPaths { get; init; }
    /// <summary>A new password; revokes the account's tokens and ends its sessions.</summary>
    public Verifier? Verifier { get; init; }
}

public sealed record AccountRemove : Message
{
    public override string Type => "account-remove";
    public required string Name { get; init; }
    /// <summary>Also remove its files and unfinished uploads; without it a home that holds anything is refused with <c>not_empty</c>.</summary>
    public bool? Purge { get; init; }
}

/// <summary>Registers a device token; the client made the secret and sends its verifier. Answered by <see cref="TokenAnswer"/>.</summary>
public sealed record TokenAdd : Message
{
    public override string Type => "token-add";
    /// <summary>Absent means the caller's own.</summary>
    public string? Account { get; init; }
    public required Verifier Verifier { get; init; }
    public string? Label { get; init; }
    public string? Device { get; init; }
    /// <summary>At most the account's own permissions; absent means all of them, as they change.</summary>
    public string[]? Allow { get; init; }
    /// <summary>Microseconds since 1970; absent means never.</summary>
    public long? Expires { get; init; }
}

public sealed record TokenAnswer : Message
{
    public override string Type => "ok";
    public required string Token { get; init; }
}

/// <summary>Answered by <see cref="Items"/> of <see cref="TokenEntry"/>.</summary>
public sealed record TokenList : Message
{
    public override string Type => "token-list";
    public string? Account { get; init; }
}

public sealed record TokenEntry
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public string? Label { get; init; }
    public string? Device { get; init; }
    public string[]? Allow { get; init; }
    public required long Created { get; init; }
    public long? Expires { get; init; }
    public long? LastUsed { get; init; }
}

public sealed record TokenRevoke : Message
{
    public override string Type => "token-revoke";
    public required string Token { get; init; }
}

/// <summary>The latest audit records, newest last: <see cref="Items"/> of <see cref="AuditEntry"/> (permission <c>admin</c>).</summary>
public sealed record AuditRequest : Message
{
    public override string Type => "audit";
    public string? Account { get; init; }
    /// <summary>Default 100, at most 10,000.</summary>
    public int? Last { get; init; }
}

public sealed record AuditEntry
{
    public required long Number { get; init; }
    /// <summary>Microseconds since 1970.</summary>
    public required long Time { get; init; }
    public string? Account { get; init; }
    /// <summary>Where the caller came from: an address, <c>unix</c>, or <c>server</c>.</summary>
    public string? From { get; init; }
    /// <summary>Such as <c>login</c>, <c>login-failed</c>, <c>upload</c>, <c>download</c>, <c>remove</c>, <c>account-set</c>.</summary>
    public required string Action { get; init; }
    public string? Subject { get; init; }
    public string? Detail { get; init; }
    /// <summary>How many like events this record stands for.</summary>
    public long Count { get; init; } = 1;
}

/// <summary>Somebody who is logged in now.</summary>
public sealed record SessionEntry
{
    /// <summary>Counted from the server's start.</summary>
    public required long Number { get; init; }
    public required string Account { get; init; }
    /// <summary><c>native</c>, <c>ftp</c>, <c>browser</c> (the page) or <c>http</c> (a program).</summary>
    public required string Door { get; init; }
    /// <summary>The peer's address without its port, or <c>unix</c>.</summary>
    public required string From { get; init; }
    public string? Device { get; init; }
    /// <summary>The token that logged in; absent for a password.</summary>
    public string? Token { get; init; }
    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public required long Since { get; init; }
}
