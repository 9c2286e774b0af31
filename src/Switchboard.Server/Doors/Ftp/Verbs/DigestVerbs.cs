using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Digests, under the names different clients know them by. Of a whole file SHA-256 comes from the record; everything else is computed.</summary>
internal static class DigestVerbs
{
    private static readonly (DigestKind Kind, string Name)[] Names =
    [
        (DigestKind.Sha256, "SHA-256"), (DigestKind.Sha512, "SHA-512"), (DigestKind.Sha1, "SHA-1"), (DigestKind.Md5, "MD5"), (DigestKind.Crc32, "CRC32"),
    ];

    /// <summary>As FEAT tells, the chosen one with a star.</summary>
    public static string Offered(DigestKind chosen) => string.Join(';', Names.Select(row => row.Kind == chosen ? row.Name + "*" : row.Name));

    public static ValueTask ChooseAsync(FtpSession session, string name)
    {
        if (name.Length > 0)
        {
            var row = Names.FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (row.Name is null)
            {
                return session.ReplyAsync(501, Offered(session.State.Digest));
            }

            session.State = session.State with { Digest = row.Kind };
        }

        return session.ReplyAsync(200, NameOf(session.State.Digest));
    }

    public static async ValueTask RangAsync(FtpSession session, string text)
    {
        var ends = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (ends.Length != 2)
        {
            throw new RefusedException(RefusalCode.BadRequest, text, "RANG first last");
        }

        var (first, last) = (DataVerbs.Number(ends[0], "RANG first last"), DataVerbs.Number(ends[1], "RANG first last"));
        session.State = session.State with { Range = first > last ? null : (first, last) };
        await session.ReplyAsync(350, first > last ? session.Text("All of it.", "整个文件。") : session.Text($"Bytes {first} to {last}.", $"第 {first} 至 {last} 字节。"));
    }

    public static async ValueTask HashAsync(FtpSession session, string path)
    {
        var (kind, range) = (session.State.Digest, session.State.Range);
        session.State = session.State with { Range = null };
        var file = session.Resolve(path);
        var size = session.Files.Stat(session.Caller, file).Size;
        var (first, end) = range is { } some ? (some.First, Math.Min(some.Last + 1, size)) : (0, size);
        var digest = await ComputeAsync(session, file, kind, first, Math.Max(0, end - first));
        await session.ReplyAsync(213, $"{NameOf(kind)} {first}-{end} {digest} {path}");
    }

    /// <summary>XCRC and its like: a path, in quotes where it holds blanks, and where clients want a part, the first byte and the one after the last.</summary>
    public static async ValueTask XAsync(FtpSession session, string argument, DigestKind kind)
    {
        var (path, first, end) = Parse(argument);
        var digest = await ComputeAsync(session, session.Resolve(path), kind, first, end - first);
        await session.ReplyAsync(250, digest);
    }

    internal static (string Path, long First, long? End) Parse(string argument)
    {
        if (argument is not ['"', ..])
        {
            return (argument, 0, null);
        }

        var close = argument.LastIndexOf('"');
        var ends = argument[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (close == 0 || ends.Length > 2)
        {
            throw new RefusedException(RefusalCode.BadRequest, argument, "\"path\" [first last]");
        }

        var path = argument[1..close].Replace("\"\"", "\"", StringComparison.Ordinal);
        var first = ends.Length > 0 ? DataVerbs.Number(ends[0], "first byte") : 0;
        return (path, first, ends.Length > 1 ? Math.Max(first, DataVerbs.Number(ends[1], "last byte")) : null);
    }

    /// <summary>The client may leave meanwhile; what is computed for nobody ends.</summary>
    private static async Task<string> ComputeAsync(FtpSession session, string file, DigestKind kind, long offset, long? length)
    {
        using var left = new CancellationTokenSource();
        var computing = session.Files.DigestAsync(session.Caller, file, kind, offset, length, left.Token).AsTask();
        if (!computing.IsCompleted)
        {
            await session.AttendAsync(computing, left);
        }

        try
        {
            return Convert.ToHexStringLower(await computing);
        }
        catch (OperationCanceledException)
        {
            // Ended by ABOR or by the client's leaving; either finds its way through the session by itself.
            throw new RefusedException(RefusalCode.SourceChanged, file, "aborted");
        }
    }

    private static string NameOf(DigestKind kind) => Names.First(row => row.Kind == kind).Name;
}
