using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Services.Shares;

namespace Switchboard.Server.Doors.Web;

/// <summary>Where resumable uploads of one address go, and by whose rules.</summary>
internal interface IUploadPlace
{
    /// <summary>Uploads of different places are never mixed up, whatever their ids.</summary>
    string Key { get; }

    /// <summary>What the addresses of its uploads begin with.</summary>
    string Address { get; }

    /// <param name="field"><c>Upload-Metadata</c> as it came.</param>
    Task<Upload> BeginAsync(UploadNote note, string field, long total, CancellationToken cancel);

    /// <exception cref="RefusedException"><see cref="RefusalCode.UploadUnknown"/>.</exception>
    UnfinishedUpload Find(string id);

    Task<Upload> ContinueAsync(string id, CancellationToken cancel);

    Task<Stored> CommitAsync(Upload upload, long total, string? sha256);

    Task DropAsync(string id);
}

/// <summary>The home of whoever is logged in.</summary>
internal sealed class HomeUploads(Files files, Caller caller) : IUploadPlace
{
    public const string At = WebVerbs.Api + "/tus";

    public string Key { get; } = $"account {caller.AccountId}";

    public string Address => At;

    public async Task<Upload> BeginAsync(UploadNote note, string field, long total, CancellationToken cancel)
    {
        string path = note.Path ?? throw new RefusedException(RefusalCode.BadRequest, "Upload-Metadata", "path or filename is missing");
        Upload upload = await files.BeginUploadAsync(caller, note.PlanOf(path) with { Total = total, Note = field }, cancel);
        if (!upload.Skip)
        {
            return upload;
        }

        await upload.DisposeAsync();
        throw new RefusedException(RefusalCode.Exists, path);
    }

    public UnfinishedUpload Find(string id) => files.FindUpload(caller, id);

    public Task<Upload> ContinueAsync(string id, CancellationToken cancel)
    {
        UnfinishedUpload kept = Find(id);
        UploadPlan plan = UploadNote.Read(kept.Note).PlanOf(kept.Path) with { Total = kept.Total, Modified = kept.Modified, UploadId = id };
        return files.BeginUploadAsync(caller, plan, cancel);
    }

    public Task<Stored> CommitAsync(Upload upload, long total, string? sha256) => upload.CommitAsync(total, sha256);

    public Task DropAsync(string id) => files.DropUploadAsync(caller, id);
}

/// <summary>The folder that a link without reading leads into.</summary>
internal sealed class ShareUploads(OpenShare share) : IUploadPlace
{
    public string Key { get; } = $"share {share.Entry.Id}";

    public string Address { get; } = $"{WebVerbs.Api}/shared/{share.Entry.Id}/tus";

    public Task<Upload> BeginAsync(UploadNote note, string field, long total, CancellationToken cancel)
    {
        string name = note.FileName ?? throw new RefusedException(RefusalCode.BadRequest, "Upload-Metadata", "filename is missing");
        return share.BeginUploadAsync(name, total, note.Modified, cancel, field);
    }

    public UnfinishedUpload Find(string id) => share.FindUpload(id);

    public Task<Upload> ContinueAsync(string id, CancellationToken cancel) => share.ContinueUploadAsync(id, cancel);

    public Task<Stored> CommitAsync(Upload upload, long total, string? sha256) => share.CommitAsync(upload, total, sha256);

    public Task DropAsync(string id) => share.DropUploadAsync(id);
}
