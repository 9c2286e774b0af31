using Switchboard.Client.Local;
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
public sealed class Transfers : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<SwitchboardClient>> connect;
    private readonly Redial line;

    public Transfers(ConnectOptions options)
        : this(ct => SwitchboardClient.ConnectAsync(options with { EarlyRequests = true }, ct))
    {
    }

    internal Transfers(Func<CancellationToken, Task<SwitchboardClient>> connect)
    {
        this.connect = connect;
        line = new(connect);
    }

    /// <summary>The answer of the login, once a call has succeeded.</summary>
    public LoginAnswer? Login => line.Login;

    /// <summary>Sends files and folders. A folder goes whole; a remote path that ends in <c>/</c>, or several locals, mean "into that folder".</summary>
    public async Task<TransferSummary> UploadAsync(IReadOnlyList<string> locals, string remote, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        var tally = new Tally(how ?? new(), progress);
        var plan = new UploadPlan(tally, locals, remote);
        using var counting = Counting.Begin(tally.Meter, plan.Count, ct);
        await new UploadRun(line, tally).RunAsync(plan.Items(), ct);
        return tally.Finish();
    }

    /// <summary>Fetches the file that a message of a room is, resumed and verified like any other.</summary>
    /// <param name="room">The room.</param>
    /// <param name="number">The message.</param>
    /// <param name="name">As the room shows it. It came from somebody else, so it is taken as a plain name or refused.</param>
    /// <param name="folder">Where the file goes; must exist.</param>
    /// <param name="how">As for other files.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="ct">Stops; what came stays and is resumed.</param>
    public async Task<TransferSummary> DownloadFromRoomAsync(string room, long number, string name, string folder, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        var tally = new Tally(how ?? new(), progress);
        if (SafeNames.Split(name).Length > 1)
        {
            throw LocalErrors.Refuse(RefusalCode.BadName, name, "the server sent a path instead of a name");
        }

        await new DownloadRun(line, connect, tally).RunAsync(RemoteSource.OfMessage(room, number), Path.Combine(folder, name), ct);
        return tally.Finish();
    }

    /// <summary>Fetches files and folders. A local path that is a folder or ends in a separator, or several remotes, mean "into that folder".</summary>
    public async Task<TransferSummary> DownloadAsync(IReadOnlyList<string> remotes, string local, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        var tally = new Tally(how ?? new(), progress);
        foreach (var remote in remotes)
        {
            await new DownloadRun(line, connect, tally).RunAsync(remote, local, into: remotes.Count > 1, ct);
        }

        return tally.Finish();
    }

    /// <summary>Sends a stream of unknown length (standard input) as one file. What the line loses is sent again from the last 16 MiB, which are held.</summary>
    public async Task<TransferSummary> UploadStreamAsync(Stream from, string remote, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        var tally = new Tally(how ?? new(), progress);
        using var upload = new StreamUpload(line, tally, from, remote);
        await upload.RunAsync(ct);
        return tally.Finish();
    }

    /// <summary>Writes a file of the server to a stream (standard output); goes on at the right byte when the line drops.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.DigestMismatch"/> after the last byte: what was written cannot be taken back.</exception>
    public async Task<TransferSummary> DownloadStreamAsync(string remote, Stream to, TransferOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        var tally = new Tally(how ?? new(), progress);
        await new StreamDownload(line, tally, remote, to).RunAsync(ct);
        return tally.Finish();
    }

    /// <summary>Makes one folder equal to the other and moves only what differs (by size and time, else by digest).</summary>
    public async Task<SyncSummary> SyncAsync(string local, string remote, SyncOptions? how = null, IProgress<TransferProgress>? progress = null, CancellationToken ct = default)
    {
        how ??= new();
        await using var run = new SyncRun(line, connect, how, progress);
        return await (how.Down ? run.DownAsync(local, remote, ct) : run.UpAsync(local, remote, ct));
    }

    /// <summary>Closes the connection; what is unfinished stays resumable.</summary>
    public ValueTask DisposeAsync() => line.DisposeAsync();
}
