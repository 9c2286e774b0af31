using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Folders, names, and removing.</summary>
internal static class FolderVerbs
{
    public static ValueTask PwdAsync(FtpSession session, string _) =>
        session.ReplyAsync(257, $"{Reply.Quoted(session.State.Folder)} {session.Text("is the folder.", "是当前目录。")}");

    public static ValueTask CwdAsync(FtpSession session, string path)
    {
        var folder = session.Resolve(path);
        if (session.Files.Stat(session.Caller, folder).Type is not "folder")
        {
            throw new RefusedException(RefusalCode.NotAFolder, folder);
        }

        session.State = session.State with { Folder = folder };
        return session.ReplyAsync(250, $"{Reply.Quoted(folder)} {session.Text("is the folder now.", "现为当前目录。")}");
    }

    public static ValueTask CdupAsync(FtpSession session, string _) => CwdAsync(session, "..");

    public static async ValueTask MkdAsync(FtpSession session, string path)
    {
        var folder = session.Resolve(path);
        await session.Files.MakeFolderAsync(session.Caller, folder, parents: false, null, null);
        await session.ReplyAsync(257, $"{Reply.Quoted(folder)} {session.Text("was made.", "已创建。")}");
    }

    public static async ValueTask RmdAsync(FtpSession session, string path)
    {
        var folder = session.Resolve(path);
        if (session.Files.Stat(session.Caller, folder).Type is not "folder")
        {
            throw new RefusedException(RefusalCode.NotAFolder, folder);
        }

        await session.Files.RemoveAsync(session.Caller, folder, recursive: false);
        await session.ReplyAsync(250, session.Text("Removed.", "已删除。"));
    }

    /// <summary>Removes a file, or, where none stands, forgets one's own unfinished upload: SIZE shows it, so it can be removed too.</summary>
    public static async ValueTask DeleAsync(FtpSession session, string path)
    {
        var file = session.Resolve(path);
        if (session.Files.Unfinished(session.Caller, file) is { } upload)
        {
            await session.Files.DropUploadAsync(session.Caller, upload.Id);
        }
        else if (session.Files.Stat(session.Caller, file).Type is "folder")
        {
            throw new RefusedException(RefusalCode.IsAFolder, file);
        }
        else
        {
            await session.Files.RemoveAsync(session.Caller, file, recursive: false);
        }

        await session.ReplyAsync(250, session.Text("Removed.", "已删除。"));
    }

    public static ValueTask RnfrAsync(FtpSession session, string path)
    {
        var from = session.Resolve(path);
        session.Files.Stat(session.Caller, from);
        session.State = session.State with { RenameFrom = from };
        return session.ReplyAsync(350, session.Text("RNTO tells the new name.", "请用 RNTO 给出新名称。"));
    }

    /// <summary>As rename(2), which clients count on when they upload under another name first: a file that stands there is replaced, at once and whole.</summary>
    public static async ValueTask RntoAsync(FtpSession session, string path)
    {
        if (session.State.RenameFrom is not { } from)
        {
            await session.ReplyAsync(503, session.Text("RNFR comes right before.", "请先发送 RNFR。"));
            return;
        }

        session.State = session.State with { RenameFrom = null };
        await session.Files.MoveAsync(session.Caller, from, session.Resolve(path), overwrite: true);
        await session.ReplyAsync(250, session.Text("Renamed.", "已重命名。"));
    }
}
