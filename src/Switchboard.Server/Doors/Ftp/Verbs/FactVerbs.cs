using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Single facts of files, told and set.</summary>
internal static class FactVerbs
{
    /// <summary>
    /// Where an unfinished upload is offered to go on. All of it may be here when the line broke before the commit; a client that was told
    /// the full size would take the file for stored and never send the end that stores it. So it is one byte less than is kept, unless
    /// it is known (from the native door) that more is to come.
    /// </summary>
    public static long Offer(FtpSession session, UploadEntry upload, string file)
    {
        var at = upload.Size > upload.Offset ? upload.Offset : Math.Max(0, upload.Offset - 1);
        session.State = session.State with { Offered = (file, at) };
        return at;
    }

    /// <summary>A stored file answers; where none stands, one's own unfinished upload, so that a client that asks before it sends goes on by itself.</summary>
    public static ValueTask SizeAsync(FtpSession session, string path)
    {
        var file = session.Resolve(path);
        if (session.State.IsText)
        {
            // What it would be on the line takes reading all of it (RFC 3659, section 4.3).
            return session.ReplyAsync(550, session.Text("The size is told in TYPE I.", "请在 TYPE I 下查询大小。"));
        }

        if (session.Files.Unfinished(session.Caller, file) is { } upload)
        {
            return session.ReplyAsync(213, $"{Offer(session, upload, file)}");
        }

        var entry = session.Files.Stat(session.Caller, file);
        return entry.Type is "file" ? session.ReplyAsync(213, $"{entry.Size}") : throw new RefusedException(RefusalCode.NotAFile, file);
    }

    public static ValueTask MdtmAsync(FtpSession session, string path) =>
        session.ReplyAsync(213, FtpTime.ToText(session.Files.Stat(session.Caller, session.Resolve(path)).Modified));

    public static async ValueTask MfmtAsync(FtpSession session, string argument)
    {
        var cut = argument.IndexOf(' ', StringComparison.Ordinal);
        if (cut < 0 || FtpTime.Parse(argument[..cut]) is not { } time)
        {
            throw new RefusedException(RefusalCode.BadRequest, null, "MFMT YYYYMMDDHHMMSS path");
        }

        var path = argument[(cut + 1)..];
        await session.Files.SetAttributesAsync(session.Caller, session.Resolve(path), null, time);
        await session.ReplyAsync(213, $"Modify={FtpTime.ToText(time)}; {path}");
    }

    public static ValueTask AvblAsync(FtpSession session, string path)
    {
        if (path.Length > 0)
        {
            session.Files.Stat(session.Caller, session.Resolve(path));
        }

        return session.ReplyAsync(213, $"{session.Files.Space(session.Caller).Free}");
    }
}
