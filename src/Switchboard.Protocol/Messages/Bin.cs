namespace Switchboard.Protocol;

/// <summary>What was removed and can be put back, newest first: <see cref="Items"/> of <see cref="BinEntry"/>.</summary>
public sealed record BinRequest : Message
{
    public override string Type => "bin";
}

/// <summary>One removed file or folder.</summary>
public sealed record BinEntry
{
    public required string Id { get; init; }
    /// <summary>Where it was, from the home, starting with <c>/</c>.</summary>
    public required string Path { get; init; }
    /// <summary><c>file</c> (also a link) or <c>folder</c>.</summary>
    public required string Type { get; init; }
    /// <summary>Bytes it counts in the quota; of a folder, all that is in it.</summary>
    public required long Size { get; init; }
    /// <summary>Microseconds since 1970.</summary>
    public required long Removed { get; init; }
    /// <summary>Microseconds since 1970. It goes before that when its room is needed.</summary>
    public required long Expires { get; init; }
}

/// <summary>Puts a removed file or folder back; answered by <see cref="BinRestoreAnswer"/>.</summary>
public sealed record BinRestore : Message
{
    public override string Type => "bin-restore";
    public required string Entry { get; init; }
}

public sealed record BinRestoreAnswer : Message
{
    public override string Type => "ok";
    /// <summary>Where it is now: another name where its own is taken.</summary>
    public required string Path { get; init; }
}

/// <summary>Frees a removed file or folder for good, or all of them.</summary>
public sealed record BinDrop : Message
{
    public override string Type => "bin-drop";
    /// <summary>Absent means all.</summary>
    public string? Entry { get; init; }
}
