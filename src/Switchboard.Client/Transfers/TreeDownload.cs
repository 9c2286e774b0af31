using System.Globalization;
using Switchboard.Client.Local;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Fetches a folder. Into an empty target it is one request and one stream; into one that holds something, or after a lost line, the server's list is
/// compared with what stands here and only what is missing or differs is fetched.
/// </summary>
internal sealed class TreeDownload(TargetFolder folder, string remote, Redial line, Func<CancellationToken, Task<SwitchboardClient>> connect, Tally tally)
{
    private const string TemporaryStart = ".switchboard-";
    private const string TemporaryEnd = ".part";
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(10);

    private readonly string temporary = TemporaryName;

    /// <summary>One per process: small files are written one after another, and another process has its own.</summary>
    public static string TemporaryName => TemporaryStart + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + TemporaryEnd;

    public async Task RunAsync(CancellationToken ct)
    {
        var empty = LocalErrors.Run(folder.Path, IsEmpty);
        try
        {
            await line.RunAsync(async client =>
            {
                if (empty)
                {
                    empty = false;
                    await StreamAsync(client, ct);
                }
                else
                {
                    await CompareAsync(client, ct);
                }
            }, tally.How, tally.Meter, ct);
        }
        finally
        {
            LocalErrors.Run(folder.Path, () => folder.RemoveFile(temporary));
        }

        await Task.Run(() => LocalErrors.Run(folder.Path, folder.SyncAll), ct);
    }

    private async Task StreamAsync(SwitchboardClient client, CancellationToken ct)
    {
        using var sink = new TreeSink(folder, remote, tally, temporary);
        var answer = new GetAnswer(sink);
        try
        {
            await client.SendAsync(answer, new Get { Path = remote, Recursive = true }, ProtocolJson.Default.Get, ct);
            await answer.Completion.WaitAsync(ct);
            sink.Finish();
        }
        catch
        {
            // The reading loop must be still before the file it writes is closed.
            await client.AbortAsync();
            throw;
        }
    }

    private async Task CompareAsync(SwitchboardClient client, CancellationToken ct)
    {
        // The list has a connection of its own: answers come in order, and a long list would stand before every file.
        await using var listing = await connect(ct);
        var fetch = new FetchQueue(client, folder, remote, tally, temporary);
        try
        {
            await foreach (var entry in listing.ListAsync(remote, recursive: true, ct))
            {
                await fetch.OfferAsync(entry, ct);
            }

            await fetch.FinishAsync();
            await SetFolderAttributesAsync(listing, ct);
        }
        catch
        {
            await client.AbortAsync();
            await fetch.AbandonAsync();
            throw;
        }
    }

    // In a second pass, when nothing is written below them any more; keeping all folders in mind until then would cost memory.
    private async Task SetFolderAttributesAsync(SwitchboardClient listing, CancellationToken ct)
    {
        if (!tally.How.Preserve)
        {
            return;
        }

        await foreach (var entry in listing.ListAsync(remote, recursive: true, ct))
        {
            if (entry.Type == "folder" && entry.Path is not ("" or "." or "/"))
            {
                LocalErrors.Run(entry.Path, () => folder.SetFolderAttributes(entry.Path, entry.Mode, entry.Modified));
            }
        }
    }

    /// <summary>Nothing there but what a killed call of ours left, which is cleared away.</summary>
    private bool IsEmpty()
    {
        var empty = true;
        foreach (var name in folder.Names(""))
        {
            if (name.StartsWith(TemporaryStart, StringComparison.Ordinal) && name.EndsWith(TemporaryEnd, StringComparison.Ordinal) && IsStale(name))
            {
                folder.RemoveFile(name);
            }
            else
            {
                empty = false;
            }
        }

        return empty;
    }

    private bool IsStale(string name) =>
        folder.Find(name) is { Kind: LocalKind.File } file && DateTime.UtcNow - Times.ToDateTime(file.Modified) > Stale;
}
