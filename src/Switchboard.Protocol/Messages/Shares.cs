namespace Switchboard.Protocol;

/// <summary>Makes a link for people without an account (permission <c>share</c>); answered by <see cref="ShareAnswer"/>.</summary>
public sealed record ShareAdd : Message
{
    public override string Type => "share-add";
    /// <summary>A file that is read, or with <see cref="Upload"/> a folder that is uploaded into.</summary>
    public required string Path { get; init; }
    public bool? Upload { get; init; }
    /// <summary>Microseconds since 1970; absent means in 7 days, and 365 days is the most.</summary>
    public long? Expires { get; init; }
    /// <summary>Downloads, or files taken; absent means any number of downloads, or 100 files.</summary>
    public int? Count { get; init; }
    /// <summary>Bytes taken in all; absent means 1 GiB. Only with <see cref="Upload"/>.</summary>
    public long? Bytes { get; init; }
    public string? Label { get; init; }
}

/// <summary>The secret is told here and never again.</summary>
public sealed record ShareAnswer : Message
{
    public override string Type => "ok";
    public required ShareEntry Share { get; init; }
    /// <summary>What stands behind <c>#</c> in the link: 43 characters of base64url.</summary>
    public required string Secret { get; init; }
}

/// <summary>The account's own links, newest first: <see cref="Items"/> of <see cref="ShareEntry"/>.</summary>
public sealed record ShareList : Message
{
    public override string Type => "share-list";
}

public sealed record ShareEntry
{
    public required string Id { get; init; }
    /// <summary>From the home, starting with <c>/</c>.</summary>
    public required string Path { get; init; }
    /// <summary><c>read</c> or <c>upload</c>.</summary>
    public required string Kind { get; init; }
    public string? Label { get; init; }
    /// <summary>Microseconds since 1970, as <see cref="Expires"/>.</summary>
    public required long Created { get; init; }
    public required long Expires { get; init; }
    /// <summary>Downloads, or files; absent means any number.</summary>
    public int? Count { get; init; }
    /// <summary>Bytes that may be uploaded in all.</summary>
    public long? Bytes { get; init; }
    public required long UsedCount { get; init; }
    public required long UsedBytes { get; init; }
    /// <summary>It opens nothing any more: expired, used up, or what it led to is not there as it was.</summary>
    public required bool Void { get; init; }
}

public sealed record ShareRevoke : Message
{
    public override string Type => "share-revoke";
    public required string Share { get; init; }
}
