namespace Switchboard.Server.Storage;

/// <summary>One line of the audit log, written in the transaction of the act it tells of.</summary>
public sealed record AuditRecord
{
    /// <summary>Microseconds since 1970.</summary>
    public required long Time { get; init; }

    public string? Account { get; init; }

    /// <summary>An address, <c>unix</c>, or <c>server</c>.</summary>
    public string? From { get; init; }

    /// <summary>Such as <c>login</c>, <c>upload</c>, <c>remove</c>, <c>account-set</c>.</summary>
    public required string Action { get; init; }

    public string? Subject { get; init; }

    public string? Detail { get; init; }

    /// <summary>How many like events it stands for.</summary>
    public long Count { get; init; } = 1;
}
