using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Moves files and folders both ways, resumes what was begun, compares SHA-256 at both ends, and goes on by itself when the line drops.
/// One call at a time; the connection is kept for the next one.
/// </summary>
/// <remarks>
/// Failures are <see cref="RefusedException"/>. With several files, one that fails does not stop the others: it is told in
/// <see cref="TransferSummary.Failures"/>; what stops everything (login, quota, a full disk, no connection) is thrown, and so is
/// the failure of the only file.
/// </remarks>
public sealed class Transfers(ConnectOptions options) : IAsyncDisposable
{
    /// <summary>The answer of the login, once a connection was made.</summary>
    public LoginAnswer? Login => null;

    /// <summary>Sends files and folders. A folder goes whole; a remote path that ends in <c>/</c>, or several locals, mean "into that folder".</summary>
    public Task<TransferSummary> UploadAsync(IReadOnlyList<string> locals, string remote, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
        => throw new NotSupportedException(options.ToString());

    /// <summary>Fetches files and folders. A local path that is a folder or ends in a separator, or several remotes, mean "into that folder".</summary>
    public Task<TransferSummary> DownloadAsync(IReadOnlyList<string> remotes, string local, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
        => throw new NotSupportedException();

    /// <summary>Sends a stream of unknown length (standard input) as one file.</summary>
    public Task<TransferSummary> UploadStreamAsync(Stream from, string remote, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
        => throw new NotSupportedException();

    /// <summary>Writes a file of the server to a stream (standard output); goes on at the right byte when the line drops.</summary>
    public Task<TransferSummary> DownloadStreamAsync(string remote, Stream to, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
        => throw new NotSupportedException();

    /// <summary>Makes one folder equal to the other and moves only what differs (by size and time, else by digest).</summary>
    public Task<SyncSummary> SyncAsync(string local, string remote, SyncOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
        => throw new NotSupportedException();

    /// <summary>Closes the connection; what is unfinished stays resumable.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
