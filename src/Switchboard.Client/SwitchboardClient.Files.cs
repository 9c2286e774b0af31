using Switchboard.Protocol;

namespace Switchboard.Client;

// One request each.
public sealed partial class SwitchboardClient
{
    /// <summary>What a folder holds (or the one file), as it arrives; in no promised order, folders before what they hold.</summary>
    public IAsyncEnumerable<Entry> ListAsync(string path = "/", bool recursive = false, CancellationToken ct = default) =>
        ListAsync(new ListRequest { Path = path, Recursive = recursive ? true : null }, ProtocolJson.Default.ListRequest, ProtocolJson.Default.Entry, ct);

    /// <summary>One file or folder; with <paramref name="digest"/> also its SHA-256, which the server computes where it has none on record.</summary>
    public async Task<Entry> StatAsync(string path, bool digest = false, CancellationToken ct = default) =>
        await StatAsync(new StatRequest { Path = path, Digest = digest ? true : null }, ct);

    internal async Task<Entry> StatAsync(StatRequest request, CancellationToken ct) =>
        (await AskAsync(request, ProtocolJson.Default.StatRequest, ProtocolJson.Default.StatAnswer, ct)).Entry;

    /// <summary>Makes a folder; with <paramref name="parents"/> the missing ones above too, and an existing one is no error.</summary>
    public Task MakeFolderAsync(string path, bool parents = false, int? mode = null, long? modified = null, CancellationToken ct = default) =>
        AskAsync(new MakeFolder { Path = path, Parents = parents ? true : null, Mode = mode, Modified = modified }, ProtocolJson.Default.MakeFolder, ProtocolJson.Default.Done, ct);

    public Task MoveAsync(string from, string to, bool overwrite = false, CancellationToken ct = default) =>
        AskAsync(new Move { From = from, To = to, Overwrite = overwrite ? true : null }, ProtocolJson.Default.Move, ProtocolJson.Default.Done, ct);

    /// <summary>Removes into the bin, or with <paramref name="forever"/> past it.</summary>
    public Task RemoveAsync(string path, bool recursive = false, bool forever = false, CancellationToken ct = default) =>
        AskAsync(
            new Remove { Path = path, Recursive = recursive ? true : null, Forever = forever ? true : null },
            ProtocolJson.Default.Remove, ProtocolJson.Default.Done, ct);

    /// <summary>What was removed and can be put back, newest first.</summary>
    public IAsyncEnumerable<BinEntry> BinAsync(CancellationToken ct = default) =>
        ListAsync(new BinRequest(), ProtocolJson.Default.BinRequest, ProtocolJson.Default.BinEntry, ct);

    /// <summary>Puts a removed file or folder back and returns its path, which has a number in it where its name is taken.</summary>
    public async Task<string> RestoreAsync(string entry, CancellationToken ct = default) =>
        (await AskAsync(new BinRestore { Entry = entry }, ProtocolJson.Default.BinRestore, ProtocolJson.Default.BinRestoreAnswer, ct)).Path;

    /// <summary>Frees one entry of the bin, or all.</summary>
    public Task DropFromBinAsync(string? entry = null, CancellationToken ct = default) =>
        AskAsync(new BinDrop { Entry = entry }, ProtocolJson.Default.BinDrop, ProtocolJson.Default.Done, ct);

    /// <summary>What a path occupies.</summary>
    public Task<UsageAnswer> UsageAsync(string? path = null, CancellationToken ct = default) =>
        AskAsync(new UsageRequest { Path = path }, ProtocolJson.Default.UsageRequest, ProtocolJson.Default.UsageAnswer, ct);

    /// <summary>The account's quota, use and free space.</summary>
    public Task<SpaceAnswer> SpaceAsync(CancellationToken ct = default) =>
        AskAsync(new SpaceRequest(), ProtocolJson.Default.SpaceRequest, ProtocolJson.Default.SpaceAnswer, ct);

    /// <summary>Has the server read a file again and compare it with its record.</summary>
    public Task<VerifyAnswer> VerifyAsync(string path, CancellationToken ct = default) =>
        AskAsync(new VerifyRequest { Path = path }, ProtocolJson.Default.VerifyRequest, ProtocolJson.Default.VerifyAnswer, ct);

    /// <summary>Unfinished uploads of the account.</summary>
    public IAsyncEnumerable<UploadEntry> UploadsAsync(CancellationToken ct = default) =>
        ListAsync(new UploadsRequest(), ProtocolJson.Default.UploadsRequest, ProtocolJson.Default.UploadEntry, ct);

    /// <summary>Forgets an unfinished upload.</summary>
    public Task DropUploadAsync(string id, CancellationToken ct = default) =>
        AskAsync(new DropUpload { Upload = id }, ProtocolJson.Default.DropUpload, ProtocolJson.Default.Done, ct);

    /// <summary>Stores a file whose content the account already holds; <see cref="RefusalCode.NotFound"/> where it does not.</summary>
    public Task<StoredAnswer> AdoptAsync(Adopt adopt, CancellationToken ct = default) =>
        AskAsync(adopt, ProtocolJson.Default.Adopt, ProtocolJson.Default.StoredAnswer, ct);
}
