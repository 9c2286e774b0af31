using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Files in and out: what a transfer needs is checked here, the bytes are moved by <see cref="Sender"/> and <see cref="Receiver"/>.</summary>
internal static class TransferVerbs
{
    /// <summary>How long the last bytes may take to leave after the transfer: what the kernel still holds goes on without us.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    public static async ValueTask RetrAsync(FtpSession session, string path)
    {
        var file = session.Resolve(path);
        if (!await HasPortAsync(session))
        {
            return;
        }

        if (session.State is { IsText: true, RestartAt: > 0 })
        {
            throw new RefusedException(RefusalCode.BadOffset, file, "REST is for TYPE I: in TYPE A bytes on the line are not bytes of the file");
        }

        using var download = await session.Files.OpenReadAsync(session.Caller, file, session.State.RestartAt, null);
        await session.TransferAsync($"RETR {file}", transfer => new Sender(session, transfer, download).RunAsync());
    }

    public static ValueTask StorAsync(FtpSession session, string path) => StoreAsync(session, "STOR", session.Resolve(path), session.State.RestartAt);

    /// <summary>After SIZE: at the byte it told, whatever a dying line delivered since. Else at the end of what is there.</summary>
    public static ValueTask AppeAsync(FtpSession session, string path)
    {
        var file = session.Resolve(path);
        var isOffered = session.State.Offered is { } offer && offer.Path == file && session.Files.Unfinished(session.Caller, file)?.Offset >= offer.At;
        return StoreAsync(session, "APPE", file, isOffered ? session.State.Offered!.Value.At : null);
    }

    /// <summary>RFC 1123, section 4.1.2.9: the name is told with the 150. 48 random bits: two clients never get the same, and nobody guesses one.</summary>
    public static ValueTask StouAsync(FtpSession session, string path)
    {
        var made = $"{(path.Length == 0 ? "stou" : path)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        return StoreAsync(session, "STOU", session.Resolve(made), 0);
    }

    public static async ValueTask CompleteAsync(DataConnection data)
    {
        using var limit = new CancellationTokenSource(CloseLimit);
        await data.CompleteAsync(limit.Token);
        await data.DisposeAsync();
    }

    /// <summary>Whether a data connection may be opened now: it is known where, and it goes under TLS unless plain is allowed. Replies where not.</summary>
    public static async ValueTask<bool> HasPortAsync(FtpSession session)
    {
        if (!session.Port.IsSet)
        {
            await session.ReplyAsync(425, session.Text("EPSV, PASV, EPRT or PORT comes first.", "请先发送 EPSV、PASV、EPRT 或 PORT。"));
            return false;
        }

        if (!session.State.IsProtected && !AccessVerbs.MayGoPlain(session))
        {
            await session.ReplyAsync(521, session.Text("This server sends data under TLS only: PBSZ 0, then PROT P.", "本服务器只用 TLS 传输数据：先 PBSZ 0，再 PROT P。"));
            return false;
        }

        return true;
    }

    private static async ValueTask StoreAsync(FtpSession session, string verb, string file, long? at)
    {
        if (!await HasPortAsync(session))
        {
            return;
        }

        var plan = new UploadPlan
        {
            Path = file,
            ByPath = new ByPath(at),
            // In text the bytes announced and the bytes stored differ; the quota is taken as they come.
            Announced = session.State.IsText ? null : session.State.Announced,
            IfExists = verb is "STOU" ? IfExists.Fail : IfExists.Overwrite,
            Device = $"ftp {session.From}",
            WithoutDigest = !session.Door.Options.FtpDigest,
        };
        await session.TransferAsync($"{verb} {file}", transfer => new Receiver(session, transfer, plan, verb).RunAsync(), isUpload: true);
    }
}
