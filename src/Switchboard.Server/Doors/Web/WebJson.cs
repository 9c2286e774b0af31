using System.Text.Json.Serialization;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Web;

/// <summary>The bodies of docs/http.md that are not messages of the native protocol.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(LoginBody))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(PasswordBody))]
[JsonSerializable(typeof(EntryBody))]
[JsonSerializable(typeof(MoveBody))]
[JsonSerializable(typeof(StoredBody))]
[JsonSerializable(typeof(SpaceBody))]
[JsonSerializable(typeof(UploadsBody))]
[JsonSerializable(typeof(LeavesBody))]
[JsonSerializable(typeof(RoomsBody))]
[JsonSerializable(typeof(MessagesBody))]
[JsonSerializable(typeof(PostBody))]
[JsonSerializable(typeof(PostedBody))]
[JsonSerializable(typeof(JobsBody))]
[JsonSerializable(typeof(JobEntry))]
[JsonSerializable(typeof(RunBody))]
[JsonSerializable(typeof(SignalBody))]
[JsonSerializable(typeof(TokensBody))]
[JsonSerializable(typeof(TokenBody))]
[JsonSerializable(typeof(NewTokenBody))]
[JsonSerializable(typeof(AccountsBody))]
[JsonSerializable(typeof(AccountEntry))]
[JsonSerializable(typeof(NewAccountBody))]
[JsonSerializable(typeof(AccountChangeBody))]
[JsonSerializable(typeof(AccountBody))]
[JsonSerializable(typeof(SessionsBody))]
[JsonSerializable(typeof(AuditBody))]
[JsonSerializable(typeof(SettingsBody))]
[JsonSerializable(typeof(LabBody))]
[JsonSerializable(typeof(BinBody))]
[JsonSerializable(typeof(PathBody))]
[JsonSerializable(typeof(SharesBody))]
[JsonSerializable(typeof(NewShareBody))]
[JsonSerializable(typeof(ShareBody))]
[JsonSerializable(typeof(SecretBody))]
[JsonSerializable(typeof(SharedBody))]
internal sealed partial class WebJson : JsonSerializerContext;

internal sealed record ErrorBody(ErrorBody.Words Error)
{
    internal sealed record Words
    {
        public required string Code { get; init; }
        public required string Message { get; init; }
        public string? Hint { get; init; }
        public string? Subject { get; init; }
        public string? Detail { get; init; }
        public long? Free { get; init; }
        public long? Missing { get; init; }
        public double? RetryAfter { get; init; }
    }
}

internal sealed record LoginBody
{
    public required string User { get; init; }
    public required string Password { get; init; }
    public string? Device { get; init; }
    public string? Label { get; init; }
}

internal sealed record SessionBody
{
    public required string Account { get; init; }
    public required string[] Allow { get; init; }
    public long? Quota { get; init; }
    public long Used { get; init; }
    public long Free { get; init; }
    public bool? Renew { get; init; }
    public string? Token { get; init; }
    public required string Server { get; init; }
    public required string Name { get; init; }
}

internal sealed record PasswordBody(string Current, string Password);

internal sealed record EntryBody(Entry Entry, IEnumerable<Entry>? Entries, bool? More);

internal sealed record MoveBody(string From, string To, bool? Overwrite = null);

internal sealed record StoredBody(string Path, long Total, string? Sha256, bool? Skipped);

internal sealed record SpaceBody
{
    public long? Quota { get; init; }
    public long Used { get; init; }
    public long Partial { get; init; }
    public long Bin { get; init; }
    public long Free { get; init; }
    public long DiskFree { get; init; }
}

internal sealed record UploadsBody(IEnumerable<UploadEntry> Uploads);

internal sealed record LeavesBody(int Leaf, long Offset, IReadOnlyList<string> Leaves);

internal sealed record RoomsBody(IEnumerable<RoomEntry> Rooms);

internal sealed record MessagesBody(IEnumerable<HistoryEntry> Messages);

internal sealed record PostBody(string Text, string? Key = null);

internal sealed record PostedBody(string Room, long Number, long Time);

internal sealed record JobsBody(IEnumerable<JobEntry> Jobs);

internal sealed record RunBody
{
    public required string[] Arguments { get; init; }
    public Dictionary<string, string>? Environment { get; init; }
    public string? Folder { get; init; }
    public bool? Shell { get; init; }
    public double? Timeout { get; init; }
    public string? Key { get; init; }
}

internal sealed record SignalBody(string? Signal = null);

internal sealed record TokensBody(IEnumerable<TokenEntry> Tokens);

internal sealed record TokenBody(string Id, string Token);

internal sealed record NewTokenBody
{
    public string? Account { get; init; }
    public string? Label { get; init; }
    public string[]? Allow { get; init; }
    public long? Expires { get; init; }
}

internal sealed record AccountsBody(IEnumerable<AccountEntry> Accounts);

internal sealed record NewAccountBody
{
    public required string Name { get; init; }
    public string? Password { get; init; }
    public long? Quota { get; init; }
    public string[]? Allow { get; init; }
    public string? FtpEncoding { get; init; }
}

internal sealed record AccountChangeBody
{
    public long? Quota { get; init; }
    public string[]? Allow { get; init; }
    public bool? Disabled { get; init; }
    public string? Password { get; init; }
    public string? FtpEncoding { get; init; }
    public bool? RunNetwork { get; init; }
    public string[]? RunPrograms { get; init; }
    public string[]? RunPaths { get; init; }
}

internal sealed record AccountBody(AccountEntry Account, string? Password);

internal sealed record SessionsBody(IEnumerable<SessionEntry> Sessions);

internal sealed record AuditBody(IEnumerable<AuditEntry> Records);

internal sealed record SettingsBody(IEnumerable<ShownSetting> Settings);

internal sealed record BinBody(IEnumerable<BinEntry> Entries);

internal sealed record PathBody(string Path);

internal sealed record SharesBody(IEnumerable<ShareEntry> Shares);

internal sealed record NewShareBody
{
    public required string Path { get; init; }
    public bool? Upload { get; init; }
    public long? Expires { get; init; }
    public int? Count { get; init; }
    public long? Bytes { get; init; }
    public string? Label { get; init; }
}

internal sealed record ShareBody(ShareEntry Share, string Secret, string Link);

internal sealed record SecretBody(string Secret);

/// <summary>A link, as a stranger sees it.</summary>
internal sealed record SharedBody
{
    public required string Kind { get; init; }
    public required string Name { get; init; }
    public long? Size { get; init; }
    public string? Sha256 { get; init; }
    public required long Expires { get; init; }

    /// <summary>Of an upload link: bytes and files it still takes.</summary>
    public long? BytesLeft { get; init; }
    public long? FilesLeft { get; init; }
}

internal sealed record LabBody(IEnumerable<LabGroupBody> Groups);

internal sealed record LabGroupBody(string Id, string Title, LabExperimentBody[] Experiments);

internal sealed record LabExperimentBody(string Name, string Title, string Expects, string Background);
