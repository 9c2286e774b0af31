using System.Net;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>Who is there, and how well the line is protected.</summary>
internal static class AccessVerbs
{
    /// <summary>Wrong passwords on one connection; each costs a wait already, the end of the line makes guessing dearer still.</summary>
    private const int MostFailures = 5;

    // Told before the password is sent: a refusal afterwards would come too late to keep it off the line.
    public static ValueTask UserAsync(FtpSession session, string name)
    {
        if (session.Login is not null)
        {
            return session.ReplyAsync(503, session.Text("You are logged in; REIN begins anew.", "已登录；REIN 可重新开始。"));
        }

        if (!MayLogInPlain(session))
        {
            return session.ReplyAsync(530, session.Text("A password would be readable on the way: begin with AUTH TLS.", "密码会在途中被看到：请先执行 AUTH TLS。"));
        }

        session.User = name;
        return session.ReplyAsync(331, session.Text("The password, please (or a device token).", "请输入密码（或设备令牌）。"));
    }

    public static async ValueTask PassAsync(FtpSession session, string password)
    {
        if (session.User is not { } user || session.Login is not null)
        {
            await session.ReplyAsync(503, session.Text("USER comes first.", "请先发送 USER。"));
            return;
        }

        session.User = null;
        try
        {
            var origin = new LoginOrigin(session.From, null, false, null);
            var caller = await session.Door.Accounts.LoginWithPasswordAsync(user, password, origin, CancellationToken.None);
            session.Login = await session.Door.Accounts.Sessions.EnterAsync(caller, wait: false, null, session.End, CancellationToken.None, DoorNames.Ftp);
        }
        catch (RefusedException e)
        {
            await RefuseAsync(session, e.Refusal);
            return;
        }

        session.Names.Enter(session.Caller.FtpEncoding, session.State.Utf8Asked);
        await session.ReplyAsync(230, Welcome(session));
    }

    public static ValueTask AcctAsync(FtpSession session, string _) => session.ReplyAsync(202, session.Text("Not needed here.", "此处不需要。"));

    public static ValueTask ReinAsync(FtpSession session, string _)
    {
        session.Login?.Dispose();
        (session.Login, session.User) = (null, null);
        session.Port.Forget();
        session.Names.Enter(null, true);
        session.State = new SessionState { IsProtected = session.State.IsProtected, IsSized = session.State.IsSized };
        return session.ReplyAsync(220, session.Text("Begin anew.", "请重新开始。"));
    }

    public static ValueTask QuitAsync(FtpSession session, string _)
    {
        session.Leave();
        return session.ReplyAsync(221, session.Text("Goodbye.", "再见。"));
    }

    public static async ValueTask AuthAsync(FtpSession session, string mechanism)
    {
        if (session.Control.IsSecure)
        {
            await session.ReplyAsync(503, session.Text("The line is under TLS already.", "已在使用 TLS。"));
        }
        else if (mechanism.ToUpperInvariant() is not ("TLS" or "TLS-C" or "SSL" or "TLS-P"))
        {
            await session.ReplyAsync(504, session.Text("TLS is what there is: AUTH TLS.", "仅支持 TLS：AUTH TLS。"));
        }
        else
        {
            await session.ReplyAsync(234, session.Text("Begin the handshake.", "请开始握手。"));
            session.Port.Forget();
            session.User = null;
            await session.SecureAsync();
        }
    }

    public static ValueTask PbszAsync(FtpSession session, string _)
    {
        if (!session.Control.IsSecure)
        {
            return session.ReplyAsync(503, session.Text("AUTH TLS comes first.", "请先执行 AUTH TLS。"));
        }

        session.State = session.State with { IsSized = true };
        return session.ReplyAsync(200, "PBSZ=0");
    }

    public static ValueTask ProtAsync(FtpSession session, string level)
    {
        if (!session.State.IsSized)
        {
            return session.ReplyAsync(503, session.Text("AUTH TLS and PBSZ come first.", "请先执行 AUTH TLS 和 PBSZ。"));
        }

        bool? isProtected = level.ToUpperInvariant() switch { "P" => true, "C" => false, _ => null };
        if (isProtected is not { } chosen)
        {
            return session.ReplyAsync(536, session.Text("P or C.", "仅支持 P 或 C。"));
        }

        if (!chosen && !MayGoPlain(session))
        {
            return session.ReplyAsync(534, session.Text("This server sends data under TLS only: PROT P.", "本服务器只用 TLS 传输数据：PROT P。"));
        }

        session.State = session.State with { IsProtected = chosen };
        return session.ReplyAsync(200, chosen ? session.Text("Data goes under TLS.", "数据使用 TLS。") : session.Text("Data goes in the plain.", "数据不加密。"));
    }

    public static ValueTask CccAsync(FtpSession session, string _) =>
        session.ReplyAsync(534, session.Text("The control connection stays under TLS.", "控制连接保持 TLS。"));

    public static ValueTask HostAsync(FtpSession session, string _) => session.Login is null
        ? session.ReplyAsync(220, session.Text("This is Switchboard under any name.", "任何名称都指向本服务器。"))
        : session.ReplyAsync(503, session.Text("HOST comes before the login.", "HOST 须在登录之前。"));

    /// <summary>FileZilla decides by the listing, not by SIZE, whether there is something to go on with; so it gets to see what there is.</summary>
    public static ValueTask ClntAsync(FtpSession session, string name)
    {
        var decidesByListing = name.StartsWith("FileZilla", StringComparison.OrdinalIgnoreCase);
        session.State = session.State with { Facts = session.State.Facts | (decidesByListing ? MlsFacts.Unfinished : MlsFacts.None) };
        return session.ReplyAsync(200, session.Text("Noted.", "已记录。"));
    }

    /// <summary>Data in the plain is told apart from a login in the plain only by what it shows: both follow the operator's one word.</summary>
    public static bool MayGoPlain(FtpSession session) => session.Door.Options.FtpPlain switch
    {
        PlainFtp.Allow => true,
        PlainFtp.Loopback => IPAddress.IsLoopback(session.Peer),
        _ => false,
    };

    private static bool MayLogInPlain(FtpSession session) => session.Control.IsSecure || MayGoPlain(session);

    private static async ValueTask RefuseAsync(FtpSession session, Refusal refusal)
    {
        await session.ReplyAsync(refusal);
        if (refusal.Code is RefusalCode.LoginFailed or RefusalCode.TooManyTries && ++session.Failures >= MostFailures)
        {
            session.End(new Refusal(RefusalCode.TooManyTries));
        }
    }

    private static string Welcome(FtpSession session)
    {
        if (!session.Caller.Allow.HasFlag(Permissions.Files))
        {
            return session.Text("Logged in; this account has no files.", "已登录；此账户没有文件权限。");
        }

        var space = session.Files.Space(session.Caller);
        var (used, free) = (ByteSize.ToText(space.Used, session.Language), ByteSize.ToText(space.Free, session.Language));
        return session.Text($"Welcome, {session.Caller.Account}: {used} used, {free} free.", $"欢迎，{session.Caller.Account}：已用 {used}，可用 {free}。");
    }
}
