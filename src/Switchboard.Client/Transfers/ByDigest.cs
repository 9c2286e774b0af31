using System.Security.Cryptography;
using Switchboard.Client.Local;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Asks the server to store what it already holds.</summary>
internal static class ByDigest
{
    /// <summary>Hashes the file, asks, and sets the item's answer; false when the account does not hold the content.</summary>
    public static async Task<bool> AdoptAsync(SwitchboardClient client, Tally tally, UploadItem item, CancellationToken ct)
    {
        var sha256 = item.Sha256 ?? await HashAsync(item.Local, ct);
        try
        {
            item.Answer = Task.FromResult(await client.AdoptAsync(Request(tally, item, sha256), ct));
            item.Sha256 = sha256;
            item.ResumedAt ??= item.Entry.Size;
            tally.Meter.Keep(item.Entry.Size);
            item.Counted += item.Entry.Size;
            return true;
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>SHA-256 of a local file in lower-case hex.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken ct)
    {
        try
        {
            using var file = LocalTree.OpenForReading(path);
            await using var stream = new FileStream(file, FileAccess.Read, bufferSize: 256 * 1024);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct));
        }
        catch (Exception e) when (LocalErrors.IsLocal(e))
        {
            throw LocalErrors.ToRefusal(e, path);
        }
    }

    private static Adopt Request(Tally tally, UploadItem item, string sha256) => new()
    {
        Path = item.Remote,
        Sha256 = sha256,
        Total = item.Entry.Size,
        Modified = item.Entry.Modified,
        Mode = tally.How.Preserve ? item.Entry.Mode : null,
        Preserve = tally.How.Preserve ? true : null,
        IfExists = tally.How.IfExists == IfExists.Overwrite ? null : tally.How.IfExists.Word(),
        Parents = item.Parents ? true : null,
    };
}
