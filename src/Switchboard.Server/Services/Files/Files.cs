using System.Buffers;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Services.Files;

/// <summary>The rules of files, for every door: home, names, quota, uploads, digests. Every method checks the caller's permission.</summary>
/// <exception cref="RefusedException">Every expected "no", from any method or task.</exception>
public sealed class Files : IAsyncDisposable
{
    /// <summary>One path, links followed as far as they stay inside the home.</summary>
    public Entry Stat(Caller caller, string path) => throw new NotImplementedException();

    /// <summary>As <see cref="Stat"/>, with the SHA-256 from the record where it is current, else computed now.</summary>
    public ValueTask<Entry> StatWithDigestAsync(Caller caller, string path, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Lazy, in constant memory for any number of entries. Paths are relative to <paramref name="path"/>; a file lists itself by its name.</summary>
    public IEnumerable<Entry> List(Caller caller, string path, bool recursive) => throw new NotImplementedException();

    /// <summary>The folder is there at once for the next call; the task completes when it is durable.</summary>
    public Task MakeFolderAsync(Caller caller, string path, bool parents, int? mode, long? modified) => throw new NotImplementedException();

    /// <summary>Renames; the task completes when it is durable.</summary>
    public Task MoveAsync(Caller caller, string from, string to, bool overwrite) => throw new NotImplementedException();

    /// <summary>Removes; the task completes when it is durable and the room is free again.</summary>
    public Task RemoveAsync(Caller caller, string path, bool recursive) => throw new NotImplementedException();

    public Occupied Usage(Caller caller, string path, CancellationToken ct) => throw new NotImplementedException();

    public Space Space(Caller caller) => throw new NotImplementedException();

    /// <summary>Reads the file and compares it with the digest on record.</summary>
    public Task<Verified> VerifyAsync(Caller caller, string path, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>
    /// Stores a whole small file. The content is written before this returns (the buffer may be reused); the task completes when the
    /// file is durable under its name. Callers may keep many outstanding: they are committed in groups.
    /// </summary>
    public Task<Stored> PutAsync(Caller caller, PutPlan plan, ReadOnlySequence<byte> content) => throw new NotImplementedException();

    /// <summary>Begins or resumes an upload.</summary>
    public Task<Upload> BeginUploadAsync(Caller caller, UploadPlan plan, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Stores a file of content the account already holds. Refuses with <see cref="RefusalCode.NotFound"/> when it does not.</summary>
    public Task<Stored> AdoptAsync(Caller caller, AdoptPlan plan, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="length">Bytes wanted; null means to the end.</param>
    public Task<Download> OpenReadAsync(Caller caller, string path, long offset, long? length) => throw new NotImplementedException();

    /// <summary>Everything below a folder, folders before what they hold, files opened as they come. Dispose each item.</summary>
    public IEnumerable<TreeItem> OpenTree(Caller caller, string path) => throw new NotImplementedException();

    /// <summary>SHA-256 digests of the leaves of the first <paramref name="length"/> bytes, 32 bytes each, many per block.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> LeavesAsync(Caller caller, string path, long length, CancellationToken ct) => throw new NotImplementedException();

    public IReadOnlyList<UploadEntry> Uploads(Caller caller) => throw new NotImplementedException();

    /// <summary>Forgets an unfinished upload; whoever writes it is ended.</summary>
    public Task DropUploadAsync(Caller caller, string id) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
