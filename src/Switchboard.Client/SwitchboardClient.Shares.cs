using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Links for people without an account.</summary>
public sealed partial class SwitchboardClient
{
    /// <summary>Makes a link (permission <c>share</c>); its secret is told here and never again.</summary>
    /// <param name="path">A file that is read, or with <paramref name="upload"/> a folder that is uploaded into.</param>
    /// <param name="expires">Null means in 7 days; 365 days is the most.</param>
    /// <param name="count">Downloads, or files; null means any number of downloads, or 100 files.</param>
    /// <param name="bytes">Of uploads, in all; null means 1 GiB.</param>
    public Task<ShareAnswer> ShareAsync(
        string path, bool upload = false, DateTimeOffset? expires = null, int? count = null, long? bytes = null, string? label = null, CancellationToken ct = default) =>
        AskAsync(
            new ShareAdd
            {
                Path = path,
                Upload = upload ? true : null,
                Expires = expires is { } moment ? Times.ToMicroseconds(moment) : null,
                Count = count,
                Bytes = bytes,
                Label = label,
            },
            ProtocolJson.Default.ShareAdd, ProtocolJson.Default.ShareAnswer, ct);

    /// <summary>The account's own links, newest first.</summary>
    public IAsyncEnumerable<ShareEntry> SharesAsync(CancellationToken ct = default) =>
        ListAsync(new ShareList(), ProtocolJson.Default.ShareList, ProtocolJson.Default.ShareEntry, ct);

    /// <summary>Ends a link at once.</summary>
    public Task RevokeShareAsync(string share, CancellationToken ct = default) =>
        AskAsync(new ShareRevoke { Share = share }, ProtocolJson.Default.ShareRevoke, ProtocolJson.Default.Done, ct);
}
