using System.Buffers;
using System.IO.Enumeration;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Listings, in constant memory for any number of entries.</summary>
internal static class ListVerbs
{
    /// <summary>One send holds about a thousand entries.</summary>
    private const int BufferBytes = 64 * 1024;

    /// <summary>STAT answers over the control connection, where a client reads nothing else meanwhile.</summary>
    private const int StatLimit = 1_000;

    public static ValueTask ListAsync(FtpSession session, string argument) => SendAsync(session, "LIST", argument, ListingForm.Long);

    public static ValueTask NlstAsync(FtpSession session, string argument) => SendAsync(session, "NLST", argument, ListingForm.Names);

    // A path here is never an option, and never a pattern (RFC 3659, section 7.1).
    public static ValueTask MlsdAsync(FtpSession session, string path)
    {
        var folder = session.Resolve(path);
        if (session.Files.Stat(session.Caller, folder).Type is not "folder")
        {
            return session.ReplyAsync(501, session.Text("MLSD lists folders; MLST tells about a file.", "MLSD 用于目录；文件请用 MLST。"));
        }

        var stored = session.Files.List(session.Caller, folder, recursive: false);
        return SendAsync(session, $"MLSD {folder}", session.State.Facts.HasFlag(MlsFacts.Unfinished) ? stored.Concat(UnfinishedIn(session, folder)) : stored, ListingForm.Machine);
    }

    public static ValueTask MlstAsync(FtpSession session, string path)
    {
        var resolved = session.Resolve(path);
        var entry = session.Files.Unfinished(session.Caller, resolved) is { } upload
            ? EntryOf(upload, resolved, FactVerbs.Offer(session, upload, resolved))
            : session.Files.Stat(session.Caller, resolved);
        var line = new byte[ListingLines.MostBytes];
        var lines = new ListingLines(ListingForm.Machine, session.State.Facts, session.Names, DateTimeOffset.UtcNow);
        var facts = Encoding.ASCII.GetString(line, 0, lines.Facts(entry, line));
        return session.WriteAsync($"250-{session.Text("Facts:", "信息：")}\r\n {facts}{Reply.Clean(resolved)}\r\n{Reply.Line(250, session.Text("End", "完"))}");
    }

    /// <summary>STAT with a path: the listing comes in the reply (RFC 959, section 4.1.3).</summary>
    public static async ValueTask StatAsync(FtpSession session, string argument)
    {
        var lines = new ListingLines(ListingForm.Long, MlsFacts.None, session.Names, DateTimeOffset.UtcNow);
        var line = new byte[ListingLines.MostBytes];
        var listed = Entries(session, argument, prefixed: false).Take(StatLimit + 1)
            .Select(entry => session.Names.Decode(line.AsSpan(0, lines.Write(entry, line) - 2)) ?? "?").ToList();
        var last = listed.Count > StatLimit ? session.Text($"Only the first {StatLimit}; LIST gives all.", $"仅前 {StatLimit} 项；LIST 可列出全部。") : session.Text("End", "完");
        await session.WriteAsync(Reply.Lines(213, session.Text("Listing:", "列表："), listed.Take(StatLimit), last));
    }

    // A file that stands under the name wins, in a listing too. The size is what is kept: a client may append in another session than
    // the one it listed in, where nobody remembers an offer.
    private static IEnumerable<Entry> UnfinishedIn(FtpSession session, string folder) =>
        session.Files.Uploads(session.Caller).Select(upload => RemotePath.Parse(upload.Path))
            .Where(path => "/" + path.Parent == folder).Distinct()
            .Select(path => (path, upload: session.Files.Unfinished(session.Caller, path.ToString())))
            .Where(found => found.upload is not null)
            .Select(found => EntryOf(found.upload!, found.path.Name, found.upload!.Offset));

    private static Entry EntryOf(UploadEntry upload, string name, long size) =>
        new() { Path = name, Type = ListingLines.Unfinished, Size = size, Modified = upload.Modified, Mode = 0b110_000_000 };

    private static ValueTask SendAsync(FtpSession session, string verb, string argument, ListingForm form) =>
        SendAsync(session, $"{verb} {argument}", Entries(session, argument, prefixed: form is ListingForm.Names), form);

    private static async ValueTask SendAsync(FtpSession session, string what, IEnumerable<Entry> entries, ListingForm form)
    {
        if (!await TransferVerbs.HasPortAsync(session))
        {
            return;
        }

        var lines = new ListingLines(form, session.State.Facts, session.Names, DateTimeOffset.UtcNow);
        await session.TransferAsync(what, transfer => SendAsync(session, transfer, entries, lines));
    }

    private static async Task<string> SendAsync(FtpSession session, Transfer transfer, IEnumerable<Entry> entries, ListingLines lines)
    {
        var data = await session.OpenDataAsync(transfer, session.Text("Here comes the listing.", "列表如下。"));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var (at, count) = (0, 0);
            foreach (var entry in entries)
            {
                at += lines.Write(entry, buffer.AsSpan(at));
                count++;
                if (buffer.Length - at < ListingLines.MostBytes)
                {
                    await data.WriteAsync(buffer.AsMemory(0, at));
                    transfer.Progress(at);
                    at = 0;
                }
            }

            await data.WriteAsync(buffer.AsMemory(0, at));
            transfer.Progress(at);
            await TransferVerbs.CompleteAsync(data);
            return Reply.Line(226, session.Text($"{count} entries.", $"共 {count} 项。"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What an argument of LIST or NLST names: after options, which are passed over; its last name may be a pattern.</summary>
    /// <param name="prefixed">Names come with the folder as it was given, so that they can be asked for as they are.</param>
    private static IEnumerable<Entry> Entries(FtpSession session, string argument, bool prefixed)
    {
        var path = WithoutOptions(session, argument);
        var cut = path.LastIndexOf('/') + 1;
        var (folder, name) = (path[..cut], path[cut..]);
        if (name.AsSpan().ContainsAny('*', '?') && !Exists(session, path))
        {
            return session.Files.List(session.Caller, session.Resolve(folder), recursive: false)
                .Where(entry => FileSystemName.MatchesSimpleExpression(name, entry.Path, ignoreCase: false))
                .Select(entry => prefixed ? entry with { Path = folder + entry.Path } : entry);
        }

        var resolved = session.Resolve(path);
        var entries = session.Files.List(session.Caller, resolved, recursive: false);
        var isFolder = session.Files.Stat(session.Caller, resolved).Type is "folder";
        var prefix = !prefixed ? "" : isFolder ? path.Length == 0 || path.EndsWith('/') ? path : path + "/" : folder;
        return prefix.Length == 0 ? entries : entries.Select(entry => entry with { Path = prefix + entry.Path });
    }

    // "LIST -la folder" is what many clients send; a file may be called "-la" all the same.
    private static string WithoutOptions(FtpSession session, string argument)
    {
        while (argument is ['-', ..] && !Exists(session, argument))
        {
            var cut = argument.IndexOf(' ', StringComparison.Ordinal);
            argument = cut < 0 ? "" : argument[(cut + 1)..].TrimStart(' ');
        }

        return argument;
    }

    private static bool Exists(FtpSession session, string path)
    {
        try
        {
            session.Files.Stat(session.Caller, session.Resolve(path));
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }
}
