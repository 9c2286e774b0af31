using System.Text.Json.Serialization;
using Switchboard.Cli.Commands.Labs;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>An error as <c>--json</c> tells it.</summary>
internal sealed record ErrorLine
{
    public required ErrorBody Error { get; init; }
}

internal sealed record ErrorBody
{
    public required string Code { get; init; }
    public required string Message { get; init; }
    public string? Hint { get; init; }
}

/// <summary>One transferred file, as <c>put --json</c> and <c>get --json</c> tell it.</summary>
internal sealed record FileLine
{
    public required string Path { get; init; }
    public required long Size { get; init; }
    public string? Sha256 { get; init; }
    public required long Sent { get; init; }
    public required long ResumedAt { get; init; }
    public bool? Skipped { get; init; }
}

internal sealed record VerifyLine
{
    public required string Path { get; init; }
    public required long Size { get; init; }
    public required string Sha256 { get; init; }
    public required bool Ok { get; init; }
    /// <summary>What it was compared with: <c>record</c>, <c>local</c>, or <c>none</c> where nothing was on record.</summary>
    public required string Against { get; init; }
    public string? Expected { get; init; }
}

internal sealed record SpaceLine
{
    public long? Quota { get; init; }
    public required long Used { get; init; }
    public required long Partial { get; init; }
    public required long Bin { get; init; }
    public required long Free { get; init; }
    public required long DiskFree { get; init; }
}

internal sealed record ShareLine
{
    public required string Link { get; init; }
    public required ShareEntry Share { get; init; }
}

internal sealed record UsageLine
{
    public required string Path { get; init; }
    public required long Bytes { get; init; }
    public required long Files { get; init; }
    public required long Folders { get; init; }
}

internal sealed record SyncLine
{
    public required string Action { get; init; }
    public required string Path { get; init; }
    public required long Size { get; init; }
}

internal sealed record SyncSummaryLine
{
    public required long Added { get; init; }
    public required long Changed { get; init; }
    public required long Removed { get; init; }
    public required long Unchanged { get; init; }
    public required long Bytes { get; init; }
    public required long Sent { get; init; }
    public required long Failed { get; init; }
    public required bool DryRun { get; init; }
}

internal sealed record WhoLine
{
    public required string Account { get; init; }
    public required string Server { get; init; }
    public string? Profile { get; init; }
    public string? Fingerprint { get; init; }
    public required string[] Allow { get; init; }
    public long? Quota { get; init; }
    public required long Used { get; init; }
    public required long Free { get; init; }
    public string? Token { get; init; }
}

internal sealed record ProfileLine
{
    public required string Name { get; init; }
    public required string Server { get; init; }
    public string? User { get; init; }
    public string? Fingerprint { get; init; }
    public required bool Insecure { get; init; }
    public required bool Default { get; init; }
}

/// <summary>Something that was made or changed by name; a generated secret is told once.</summary>
internal sealed record DoneLine
{
    public string? Path { get; init; }
    public string? Account { get; init; }
    public string? Token { get; init; }
    public string? Password { get; init; }
    public string? Profile { get; init; }
    public string? Job { get; init; }
    public string? Room { get; init; }
    public required string Done { get; init; }
}

/// <summary>What a backup or a restore did.</summary>
internal sealed record BackupLine
{
    public required string Path { get; init; }
    public required long Files { get; init; }
    public required long Bytes { get; init; }
    public required string[] Changed { get; init; }
    public required string[] Skipped { get; init; }
}

/// <summary>A job that was begun and left to itself.</summary>
internal sealed record JobLine
{
    public string? Profile { get; init; }
    public required string Job { get; init; }
}

/// <summary>One line a remote program wrote.</summary>
internal sealed record OutputLine
{
    public required string Profile { get; init; }
    /// <summary><c>stdout</c> or <c>stderr</c>.</summary>
    public required string Stream { get; init; }
    public required string Line { get; init; }
}

/// <summary>How a remote program ended on one server, or why it could not be followed to its end.</summary>
internal sealed record ExitLine
{
    public required string Profile { get; init; }
    public int? Exit { get; init; }
    public string? Reason { get; init; }
    public ErrorBody? Error { get; init; }
}

internal sealed record VersionLine
{
    public required string Version { get; init; }
    public required int Protocol { get; init; }
    public required string Runtime { get; init; }
    public required string System { get; init; }
}

internal sealed record SettingLine
{
    public required string Key { get; init; }
    public string? Value { get; init; }
    public required string Origin { get; init; }
}

internal sealed record CheckLine
{
    public required string Check { get; init; }
    /// <summary><c>ok</c>, <c>warn</c> or <c>fail</c>.</summary>
    public required string Result { get; init; }
    public required string Message { get; init; }
    public string? Hint { get; init; }
}

/// <summary>What <c>say --json</c> tells.</summary>
internal sealed record FoundLine
{
    public required string Name { get; init; }
    public required string Address { get; init; }
    public required string Fingerprint { get; init; }
}

internal sealed record SaidLine
{
    public required string Room { get; init; }
    public required long Number { get; init; }
    public required long Time { get; init; }
}

/// <summary>JSON of the command line, by source generation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(FileLine))]
[JsonSerializable(typeof(VerifyLine))]
[JsonSerializable(typeof(SpaceLine))]
[JsonSerializable(typeof(UsageLine))]
[JsonSerializable(typeof(SyncLine))]
[JsonSerializable(typeof(SyncSummaryLine))]
[JsonSerializable(typeof(WhoLine))]
[JsonSerializable(typeof(ProfileLine))]
[JsonSerializable(typeof(DoneLine))]
[JsonSerializable(typeof(BackupLine))]
[JsonSerializable(typeof(VersionLine))]
[JsonSerializable(typeof(SettingLine))]
[JsonSerializable(typeof(CheckLine))]
[JsonSerializable(typeof(Entry))]
[JsonSerializable(typeof(UploadEntry))]
[JsonSerializable(typeof(AccountEntry))]
[JsonSerializable(typeof(TokenEntry))]
[JsonSerializable(typeof(ShareLine))]
[JsonSerializable(typeof(ShareEntry))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(RoomEntry))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(SaidLine))]
[JsonSerializable(typeof(FoundLine))]
[JsonSerializable(typeof(JobEntry))]
[JsonSerializable(typeof(JobLine))]
[JsonSerializable(typeof(OutputLine))]
[JsonSerializable(typeof(ExitLine))]
[JsonSerializable(typeof(ExperimentLine))]
[JsonSerializable(typeof(RuleLine))]
[JsonSerializable(typeof(LayerLine))]
internal sealed partial class CliJson : JsonSerializerContext;
