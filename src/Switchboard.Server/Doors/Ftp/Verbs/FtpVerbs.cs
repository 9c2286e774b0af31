using System.Collections.Frozen;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>What must have happened in a session before a verb is heard.</summary>
internal enum Needs
{
    Nothing,
    Login,

    /// <summary>A login whose account holds the permission <c>files</c>.</summary>
    Files,
}

/// <summary>Whether a verb takes an argument.</summary>
internal enum Takes
{
    Nothing,
    Maybe,
    Argument,
}

/// <summary>One verb of the FTP door.</summary>
/// <param name="Syntax">Its argument, as HELP shows it.</param>
/// <param name="Rfc">Where it is specified.</param>
/// <param name="Does">One line for HELP and docs/ftp.md.</param>
internal sealed record FtpVerb(string Name, string Syntax, Needs Needs, Takes Takes, string Rfc, string Does, Func<FtpSession, string, ValueTask> Handle)
{
    /// <summary>Its line in FEAT (RFC 2389); null where it has none.</summary>
    public Func<FtpSession, string>? Feature { get; init; }

    /// <summary>A name may begin with a blank, and a password too.</summary>
    public bool KeepsBlanks => Name is "PASS" || Syntax.Contains("path", StringComparison.Ordinal);
}

/// <summary>The verbs: what each needs and takes, where it is specified, what it does. Dispatch, HELP, FEAT and docs/ftp.md all come from here.</summary>
internal static class FtpVerbs
{
    public static readonly FtpVerb[] All =
    [
        new("USER", "name", Needs.Nothing, Takes.Argument, "959", "begin a login", AccessVerbs.UserAsync),
        new("PASS", "password or token", Needs.Nothing, Takes.Maybe, "959", "finish a login", AccessVerbs.PassAsync),
        new("ACCT", "text", Needs.Nothing, Takes.Maybe, "959", "not needed", AccessVerbs.AcctAsync),
        new("REIN", "", Needs.Nothing, Takes.Nothing, "959", "log out and begin anew; TLS stays", AccessVerbs.ReinAsync),
        new("QUIT", "", Needs.Nothing, Takes.Nothing, "959", "leave", AccessVerbs.QuitAsync),
        new("AUTH", "TLS", Needs.Nothing, Takes.Argument, "4217", "put the control connection under TLS", AccessVerbs.AuthAsync) { Feature = _ => "AUTH TLS" },
        new("PBSZ", "0", Needs.Nothing, Takes.Argument, "4217", "needed before PROT; the size is always 0", AccessVerbs.PbszAsync) { Feature = _ => "PBSZ" },
        new("PROT", "C|P", Needs.Nothing, Takes.Argument, "4217", "data connections in the plain or under TLS", AccessVerbs.ProtAsync) { Feature = _ => "PROT" },
        new("CCC", "", Needs.Nothing, Takes.Nothing, "4217", "refused: nothing goes back to plain", AccessVerbs.CccAsync),
        new("HOST", "name", Needs.Nothing, Takes.Argument, "7151", "any name is this server", AccessVerbs.HostAsync) { Feature = _ => "HOST" },
        new("CLNT", "name", Needs.Nothing, Takes.Argument, "-", "the client tells its name", AccessVerbs.ClntAsync) { Feature = _ => "CLNT" },
        new("FEAT", "", Needs.Nothing, Takes.Nothing, "2389", "tell the extensions", InfoVerbs.FeatAsync),
        new("OPTS", "UTF8 ON|OFF, MLST facts, HASH name", Needs.Nothing, Takes.Argument, "2389", "set an extension's options", InfoVerbs.OptsAsync),
        new("LANG", "EN|ZH", Needs.Nothing, Takes.Maybe, "2640", "the language of replies", InfoVerbs.LangAsync) { Feature = session => session.Language == Language.Chinese ? "LANG EN;ZH*" : "LANG EN*;ZH" },
        new("SYST", "", Needs.Nothing, Takes.Nothing, "959", "tell the system", InfoVerbs.SystAsync),
        new("HELP", "[verb]", Needs.Nothing, Takes.Maybe, "959", "list the verbs, or tell about one", InfoVerbs.HelpAsync),
        new("NOOP", "", Needs.Nothing, Takes.Maybe, "959", "nothing, but the session is not idle", InfoVerbs.NoopAsync),
        new("STAT", "[path]", Needs.Nothing, Takes.Maybe, "959", "the session, the transfer under way, or a listing", InfoVerbs.StatAsync),

        new("PASV", "", Needs.Files, Takes.Nothing, "959", "a port of the server for the next transfer (IPv4)", DataVerbs.PasvAsync),
        new("EPSV", "[1|2|ALL]", Needs.Files, Takes.Maybe, "2428", "a port of the server for the next transfer", DataVerbs.EpsvAsync) { Feature = _ => "EPSV" },
        new("PORT", "h1,h2,h3,h4,p1,p2", Needs.Files, Takes.Argument, "959", "a port of the client for the next transfer (IPv4)", DataVerbs.PortAsync),
        new("EPRT", "|1 or 2|address|port|", Needs.Files, Takes.Argument, "2428", "a port of the client for the next transfer", DataVerbs.EprtAsync) { Feature = _ => "EPRT" },
        new("TYPE", "A [N]|I|L 8", Needs.Nothing, Takes.Argument, "959", "text with CR LF, or bytes as they are", DataVerbs.TypeAsync),
        new("MODE", "S", Needs.Nothing, Takes.Argument, "959", "stream is the only mode", DataVerbs.ModeAsync),
        new("STRU", "F", Needs.Nothing, Takes.Argument, "959", "files without records are the only structure", DataVerbs.StruAsync),
        new("REST", "offset", Needs.Files, Takes.Argument, "3659", "where the next transfer goes on", DataVerbs.RestAsync) { Feature = _ => "REST STREAM" },
        new("ALLO", "bytes [R bytes]", Needs.Files, Takes.Argument, "959", "reserve quota; fewer bytes mean an interrupted upload", DataVerbs.AlloAsync),
        new("ABOR", "", Needs.Nothing, Takes.Nothing, "959", "end the transfer under way", DataVerbs.AborAsync),

        new("RETR", "path", Needs.Files, Takes.Argument, "959", "send a file", TransferVerbs.RetrAsync),
        new("STOR", "path", Needs.Files, Takes.Argument, "959", "store a file; after REST go on with an unfinished one", TransferVerbs.StorAsync),
        new("STOU", "[path]", Needs.Files, Takes.Maybe, "959, 1123", "store a file under a name made up here", TransferVerbs.StouAsync),
        new("APPE", "path", Needs.Files, Takes.Argument, "959", "go on at the end of an unfinished upload, or build a longer version of a file", TransferVerbs.AppeAsync),
        new("LIST", "[path]", Needs.Files, Takes.Maybe, "959", "list as ls -l does", ListVerbs.ListAsync),
        new("NLST", "[path]", Needs.Files, Takes.Maybe, "959", "list names", ListVerbs.NlstAsync),
        new("MLSD", "[path]", Needs.Files, Takes.Maybe, "3659", "list with facts", ListVerbs.MlsdAsync),
        new("MLST", "[path]", Needs.Files, Takes.Maybe, "3659", "the facts of one path; also of one's own unfinished upload", ListVerbs.MlstAsync) { Feature = session => "MLST " + Data.MlsFactNames.Offered(session.State.Facts) },

        new("PWD", "", Needs.Files, Takes.Nothing, "959", "tell the folder", FolderVerbs.PwdAsync),
        new("CWD", "path", Needs.Files, Takes.Argument, "959", "change the folder", FolderVerbs.CwdAsync),
        new("CDUP", "", Needs.Files, Takes.Nothing, "959", "go to the folder above; the home has none", FolderVerbs.CdupAsync),
        new("MKD", "path", Needs.Files, Takes.Argument, "959", "make a folder", FolderVerbs.MkdAsync),
        new("RMD", "path", Needs.Files, Takes.Argument, "959", "remove an empty folder", FolderVerbs.RmdAsync),
        new("DELE", "path", Needs.Files, Takes.Argument, "959", "remove a file", FolderVerbs.DeleAsync),
        new("RNFR", "path", Needs.Files, Takes.Argument, "959", "rename, first half: from", FolderVerbs.RnfrAsync),
        new("RNTO", "path", Needs.Files, Takes.Argument, "959", "rename, second half: to", FolderVerbs.RntoAsync),

        new("SIZE", "path", Needs.Files, Takes.Argument, "3659", "bytes of a file, or kept of one's own unfinished upload", FactVerbs.SizeAsync) { Feature = _ => "SIZE" },
        new("MDTM", "path", Needs.Files, Takes.Argument, "3659", "when a file was changed", FactVerbs.MdtmAsync) { Feature = _ => "MDTM" },
        new("MFMT", "time path", Needs.Files, Takes.Argument, "draft-somers-ftp-mfxx", "set when a file was changed", FactVerbs.MfmtAsync) { Feature = _ => "MFMT" },
        new("HASH", "path", Needs.Files, Takes.Argument, "draft-bryan-ftpext-hash", "digest of a file, or of the range set by RANG", DigestVerbs.HashAsync) { Feature = session => "HASH " + DigestVerbs.Offered(session.State.Digest) },
        new("RANG", "first last", Needs.Files, Takes.Argument, "draft-bryan-ftp-range", "the bytes the next HASH is about; 1 0 means all", DigestVerbs.RangAsync) { Feature = _ => "RANG STREAM" },
        new("XCRC", "path [first last]", Needs.Files, Takes.Argument, "-", "CRC-32 of a file", (s, a) => DigestVerbs.XAsync(s, a, Services.Files.DigestKind.Crc32)) { Feature = _ => "XCRC" },
        new("XMD5", "path [first last]", Needs.Files, Takes.Argument, "-", "MD5 of a file", (s, a) => DigestVerbs.XAsync(s, a, Services.Files.DigestKind.Md5)) { Feature = _ => "XMD5" },
        new("XSHA1", "path [first last]", Needs.Files, Takes.Argument, "-", "SHA-1 of a file", (s, a) => DigestVerbs.XAsync(s, a, Services.Files.DigestKind.Sha1)) { Feature = _ => "XSHA1" },
        new("XSHA256", "path [first last]", Needs.Files, Takes.Argument, "-", "SHA-256 of a file, from the record where it is current", (s, a) => DigestVerbs.XAsync(s, a, Services.Files.DigestKind.Sha256)) { Feature = _ => "XSHA256" },
        new("XSHA512", "path [first last]", Needs.Files, Takes.Argument, "-", "SHA-512 of a file", (s, a) => DigestVerbs.XAsync(s, a, Services.Files.DigestKind.Sha512)) { Feature = _ => "XSHA512" },
        new("AVBL", "[path]", Needs.Files, Takes.Maybe, "draft-peterson-streamlined-ftp", "bytes that can still be stored", FactVerbs.AvblAsync) { Feature = _ => "AVBL" },
        new("SITE", "CHMOD|UTIME|QUOTA|WHOIS|HELP …", Needs.Login, Takes.Argument, "959", "what FTP has no verb for", SiteVerbs.SiteAsync) { Feature = _ => "SITE CHMOD;UTIME;QUOTA;WHOIS;HELP" },
        new("SMNT", "path", Needs.Login, Takes.Argument, "959", "refused: there is one home", (s, _) => s.ReplyAsync(502, s.Text("There is one home.", "只有一个主目录。"))),
    ];

    /// <summary>What old clients call some of them (RFC 775; RFC 1123, section 4.1.3.1).</summary>
    private static readonly (string Old, string Name)[] Aliases = [("XPWD", "PWD"), ("XCWD", "CWD"), ("XCUP", "CDUP"), ("XMKD", "MKD"), ("XRMD", "RMD"), ("XSHA", "XSHA1")];

    private static readonly FrozenDictionary<string, FtpVerb> Table = All.Select(verb => (verb.Name, verb))
        .Concat(Aliases.Select(alias => (alias.Old, All.First(verb => verb.Name == alias.Name)))).ToFrozenDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    public static FtpVerb? Find(string name) => Table.GetValueOrDefault(name);

    public static ValueTask CarryOutAsync(FtpSession session, string name, string? argument)
    {
        if (Find(name) is not { } verb)
        {
            return session.ReplyAsync(500, session.Text("Unknown command; HELP lists those there are.", "未知命令；HELP 可列出全部命令。"));
        }

        argument = verb.KeepsBlanks ? argument : argument?.TrimStart(' ');
        if (verb.Takes is Takes.Argument && string.IsNullOrEmpty(argument))
        {
            return session.ReplyAsync(501, session.Text($"{verb.Name} needs an argument: {verb.Name} {verb.Syntax}", $"{verb.Name} 需要参数：{verb.Name} {verb.Syntax}"));
        }

        if (verb.Needs is Needs.Files)
        {
            session.Caller.Require(Permissions.Files);
        }
        else if (verb.Needs is Needs.Login && session.Login is null)
        {
            throw new RefusedException(RefusalCode.LoginRequired);
        }

        return verb.Handle(session, argument ?? "");
    }
}
