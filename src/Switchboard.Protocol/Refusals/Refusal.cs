namespace Switchboard.Protocol;

/// <summary>An expected "no": its code, what it is about, and the numbers that help a person to act.</summary>
/// <param name="Code">The stable reason.</param>
public sealed record Refusal(RefusalCode Code)
{
    /// <summary>What it is about: a path, a name, a field. Never a path of the server's own file system.</summary>
    public string? Subject { get; init; }

    /// <summary>A short fact in English for developers (a field's range, an errno's name); shown behind the sentence.</summary>
    public string? Detail { get; init; }

    /// <summary>Bytes the account may still store, for <see cref="RefusalCode.OverQuota"/> and <see cref="RefusalCode.DiskFull"/>.</summary>
    public long? Free { get; init; }

    /// <summary>Bytes that would be needed beyond <see cref="Free"/>.</summary>
    public long? Missing { get; init; }

    /// <summary>Seconds after which trying again makes sense.</summary>
    public double? RetryAfter { get; init; }
}

/// <summary>Carries a <see cref="Refusal"/> to the door (server) or to the caller (client). Not for bugs.</summary>
public sealed class RefusedException : Exception
{
    public RefusedException(Refusal refusal, Exception? inner = null)
        : base(refusal.Subject is null ? refusal.Code.ToString() : $"{refusal.Code}: {refusal.Subject}", inner) => Refusal = refusal;

    public RefusedException(RefusalCode code, string? subject = null, string? detail = null)
        : this(new Refusal(code) { Subject = subject, Detail = detail }) { }

    public Refusal Refusal { get; }

    public RefusalCode Code => Refusal.Code;
}
