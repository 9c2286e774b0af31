using Switchboard.Protocol;

namespace Switchboard.Client;

// One request each.
public sealed partial class SwitchboardClient
{
    /// <summary>What a folder holds (or the one file), as it arrives; in no promised order, folders before what they hold.</summary>
    public IAsyncEnumerable<Entry> ListAsync(string path = "/", bool recursive = false, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>One file or folder; with <paramref name="digest"/> also its SHA-256, which the server computes where it has none on record.</summary>
    public Task<Entry> StatAsync(string path, bool digest = false, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Makes a folder; with <paramref name="parents"/> the missing ones above too, and an existing one is no error.</summary>
    public Task MakeFolderAsync(string path, bool parents = false, int? mode = null, long? modified = null, CancellationToken ct = default) => throw new NotSupportedException();

    public Task MoveAsync(string from, string to, bool overwrite = false, CancellationToken ct = default) => throw new NotSupportedException();

    public Task RemoveAsync(string path, bool recursive = false, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>What a path occupies.</summary>
    public Task<UsageAnswer> UsageAsync(string? path = null, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>The account's quota, use and free space.</summary>
    public Task<SpaceAnswer> SpaceAsync(CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Has the server read a file again and compare it with its record.</summary>
    public Task<VerifyAnswer> VerifyAsync(string path, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Unfinished uploads of the account.</summary>
    public IAsyncEnumerable<UploadEntry> UploadsAsync(CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Forgets an unfinished upload.</summary>
    public Task DropUploadAsync(string id, CancellationToken ct = default) => throw new NotSupportedException();
}
