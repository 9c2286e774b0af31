using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>What the server can do, and what the session is like.</summary>
internal static class InfoVerbs
{
    public static ValueTask FeatAsync(FtpSession session, string _) => session.WriteAsync(Reply.Lines(
        211, "Extensions:", FtpVerbs.All.Where(verb => verb.Feature is not null).Select(verb => verb.Feature!(session)).Append("UTF8").Append("TVFS").Order(StringComparer.Ordinal), "End"));

    public static ValueTask OptsAsync(FtpSession session, string options)
    {
        var words = options.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        var value = words.Length > 1 ? words[1].Trim() : "";
        return words[0].ToUpperInvariant() switch
        {
            "UTF8" or "UTF-8" => Utf8Async(session, value.ToUpperInvariant()),
            "MLST" => FactsAsync(session, value),
            "HASH" => DigestVerbs.ChooseAsync(session, value),
            _ => session.ReplyAsync(501, session.Text("Options are there for UTF8, MLST and HASH.", "可设置的选项：UTF8、MLST、HASH。")),
        };
    }

    public static ValueTask LangAsync(FtpSession session, string tag)
    {
        var language = tag.ToLowerInvariant() switch
        {
            "" or "en" => Language.English,
            ['e', 'n', '-', ..] => Language.English,
            "zh" or ['z', 'h', '-', ..] => Language.Chinese,
            _ => (Language?)null,
        };
        if (language is not { } known)
        {
            return session.ReplyAsync(504, session.Text("EN or ZH.", "仅支持 EN 或 ZH。"));
        }

        session.Language = known;
        return session.ReplyAsync(200, session.Text("Replies are in English.", "回复使用中文。"));
    }

    // Clients read it as "listings look like ls -l, paths have slashes".
    public static ValueTask SystAsync(FtpSession session, string _) => session.ReplyAsync(215, "UNIX Type: L8");

    public static ValueTask HelpAsync(FtpSession session, string name)
    {
        if (name.Length == 0)
        {
            return session.WriteAsync(Reply.Lines(214, session.Text("Commands:", "命令："), FtpVerbs.All.Select(verb => verb.Name).Chunk(10).Select(row => string.Join(' ', row)), session.Text("HELP verb tells about one.", "HELP 加命令名可查看说明。")));
        }

        return FtpVerbs.Find(name.Trim().ToUpperInvariant()) is { } verb
            ? session.ReplyAsync(214, $"{verb.Name}{(verb.Syntax.Length == 0 ? "" : " " + verb.Syntax)}: {session.Text(verb.Does + ".", ChineseHelp.Does[verb.Name] + "。")}")
            : session.ReplyAsync(504, session.Text("There is no such command.", "没有这个命令。"));
    }

    public static ValueTask NoopAsync(FtpSession session, string _) => session.ReplyAsync(200, "OK");

    public static ValueTask StatAsync(FtpSession session, string path) => path.Length > 0 ? ListVerbs.StatAsync(session, path)
        : session.WriteAsync(Reply.Lines(211, $"Switchboard {ServerHost.Version}", StatusOf(session), "End of status"));

    private static IEnumerable<string> StatusOf(FtpSession session)
    {
        var state = session.State;
        yield return session.Text($"From {session.From}, {(session.Control.IsSecure ? "under TLS" : "in the plain")}", $"来自 {session.From}，{(session.Control.IsSecure ? "使用 TLS" : "未加密")}");
        yield return session.Login is { } login ? session.Text($"Logged in as {login.Caller.Account}", $"已登录：{login.Caller.Account}") : session.Text("Not logged in", "未登录");
        yield return $"TYPE {(state.IsText ? "A" : "I")}, STRU F, MODE S, PROT {(state.IsProtected ? "P" : "C")}, UTF8 {(session.Names.IsUtf8 ? "ON" : "OFF")}";
        yield return session.Text("No transfer under way", "没有正在进行的传输");
    }

    private static ValueTask Utf8Async(FtpSession session, string value)
    {
        if (value is not ("" or "ON" or "OFF"))
        {
            return session.ReplyAsync(501, "OPTS UTF8 ON|OFF");
        }

        if (!session.Names.TryUse(utf8: value is not "OFF"))
        {
            return session.ReplyAsync(504, session.Text("No other encoding is set for this account (account set NAME --ftp-encoding).", "此账户未设置其他编码（account set 名称 --ftp-encoding）。"));
        }

        session.State = session.State with { Utf8Asked = value is not "OFF" };
        return session.ReplyAsync(200, session.Names.IsUtf8 ? "UTF8 ON" : $"UTF8 OFF, {session.Names.LegacyName}");
    }

    private static ValueTask FactsAsync(FtpSession session, string names)
    {
        session.State = session.State with { Facts = MlsFactNames.Parse(names) };
        return session.ReplyAsync(200, $"MLST OPTS {MlsFactNames.Chosen(session.State.Facts)}".TrimEnd());
    }
}
