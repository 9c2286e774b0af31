using System.Collections.Frozen;

namespace Switchboard.Protocol;

/// <summary>A sentence that says what and where, and a hint that says what to do next.</summary>
internal sealed record RefusalSentence(string Sentence, string Hint);

/// <summary>Every sentence for every refusal, in both languages. <see cref="RefusalText"/> fills in the values.</summary>
internal static class RefusalSentences
{
    private static readonly FrozenDictionary<RefusalCode, (RefusalSentence English, RefusalSentence Chinese)> Rows = Table().ToFrozenDictionary();

    internal static RefusalSentence Of(RefusalCode code, Language language) =>
        language == Language.Chinese ? Rows[code].Chinese : Rows[code].English;

    private static Dictionary<RefusalCode, (RefusalSentence, RefusalSentence)> Table() => new()
    {
        [RefusalCode.Internal] = (
            new("The server failed[ at {subject}].", "This is a fault of the server, not yours. Try again; if it stays, ask whoever runs the server to look into its log."),
            new("服务器内部出错[：{subject}]。", "这是服务器的故障，不是您的操作问题。请重试；如仍出错，请让管理员查看服务器日志。")),
        [RefusalCode.BadRequest] = (
            new("The request is not valid[: {subject}].", "Correct the value and try again. If you did not write the request yourself, client and server may be of different versions."),
            new("请求无效[：{subject}]。", "请改正后重试。如果请求不是您自己写的，可能是客户端与服务器版本不一致。")),
        [RefusalCode.BadFrame] = (
            new("What arrived is not a frame of the Switchboard protocol[: {subject}].", "Check that address and port belong to a Switchboard server and that both sides agree on TLS."),
            new("收到的数据不是 Switchboard 协议的帧[：{subject}]。", "请检查地址和端口是否属于 Switchboard 服务器，以及双方是否都使用（或都不使用）TLS。")),
        [RefusalCode.Unsupported] = (
            new("The server does not know {subject|this request}.", "It is probably older than the client: update the server."),
            new("服务器不支持{subject|此请求}。", "服务器版本可能比客户端旧，请更新服务器。")),
        [RefusalCode.UnsupportedVersion] = (
            new("Client and server have no protocol version in common[: {subject}].", "Update the older of the two."),
            new("客户端与服务器没有共同的协议版本[：{subject}]。", "请更新版本较旧的一方。")),
        [RefusalCode.LoginRequired] = (
            new("Nobody is logged in on this connection[, and {subject} needs a login].", "Log in first: switchboard login HOST --user NAME."),
            new("此连接尚未登录[，而 {subject} 需要登录]。", "请先登录：switchboard login HOST --user NAME。")),
        [RefusalCode.LoginFailed] = (
            new("The login[ of {subject}] failed: name, password or token is not right.", "Check the name and the password. A token may have been revoked or have expired: log in with the password again."),
            new("[{subject} ]登录失败：用户名、密码或令牌不正确。", "请检查用户名和密码。令牌可能已被撤销或过期，请用密码重新登录。")),
        [RefusalCode.TooManyTries] = (
            new("Too many failed logins[ of {subject}].", "Wait {wait|a minute}, then try again. A device that has logged in before is not held up."),
            new("[{subject} ]登录失败次数过多。", "请等待 {wait|1 分钟}后再试。曾经登录过的设备不受影响。")),
        [RefusalCode.AccountDisabled] = (
            new("The account {subject|you use} is disabled.", "Ask an administrator to enable it: switchboard account enable NAME."),
            new("账户{subject|}已被停用。", "请联系管理员启用：switchboard account enable NAME。")),
        [RefusalCode.Forbidden] = (
            new("{subject|This account} is not permitted to do that.", "Ask an administrator for the permission: switchboard account set NAME --allow PERMISSIONS."),
            new("{subject|此账户}没有执行此操作的权限。", "请向管理员申请权限：switchboard account set NAME --allow 权限。")),
        [RefusalCode.TlsRequired] = (
            new("This needs an encrypted connection[: {subject}].", "Connect with TLS, or, on a network you trust, start the server with --insecure."),
            new("此操作需要加密连接[：{subject}]。", "请使用 TLS 连接；如果网络可信，也可以用 --insecure 启动服务器。")),
        [RefusalCode.ServerUntrusted] = (
            new("The server {subject|you reached} did not prove that it is the one you know.", "Somebody may be in between: do not go on. Ask the administrator for the fingerprint; if the key was changed on purpose, log in again with --fingerprint."),
            new("服务器{subject|}未能证明它就是您认识的那一台。", "可能有人在中间窃听，请不要继续。请向管理员核对指纹；如果密钥确实更换过，请用 --fingerprint 重新登录。")),
        [RefusalCode.TooManyConnections] = (
            new("The server has no place for another connection[ from {subject}].", "Close connections you no longer need, or try again[ in {wait}]."),
            new("服务器无法再接受[来自 {subject} 的]新连接。", "请关闭不再需要的连接，或[在 {wait}后]重试。")),
        [RefusalCode.TooManyUsers] = (
            new("All places on the server are taken.", "Try again[ in {wait}], or wait in line with --wait."),
            new("服务器上的用户数已满。", "请[在 {wait}后]重试，或用 --wait 排队等候。")),
        [RefusalCode.Timeout] = (
            new("Nothing was heard in time[ ({subject})], so the connection was closed.", "Connect again; an upload that was under way goes on where it broke."),
            new("[{subject} ]等待超时，连接已关闭。", "请重新连接；未完成的上传会从中断处继续。")),
        [RefusalCode.Closing] = (
            new("The server ended this session[: {subject}].", "It may be stopping or starting anew: try again in a moment. Uploads go on where they broke."),
            new("服务器结束了此会话[：{subject}]。", "服务器可能正在停止或重启，请稍后重试。上传会从中断处继续。")),
        [RefusalCode.NoConnection] = (
            new("There is no connection to {subject|the server}.", "Check the address, that the server runs (switchboard serve), and that the network is up."),
            new("无法连接到{subject|服务器}。", "请检查地址是否正确、服务器是否在运行（switchboard serve）以及网络是否畅通。")),
        [RefusalCode.NotFound] = (
            new("{subject|What you asked for} does not exist.", "Look at what is there: switchboard ls."),
            new("{subject|您请求的内容}不存在。", "请查看已有的内容：switchboard ls。")),
        [RefusalCode.Exists] = (
            new("{subject|The target} exists already.", "Choose another name, or allow it to be replaced (--if-exists overwrite)."),
            new("{subject|目标}已经存在。", "请换一个名称，或允许覆盖（--if-exists overwrite）。")),
        [RefusalCode.NotAFolder] = (
            new("{subject|The path} is not a folder.", "Name a folder, or remove the file that stands in its place."),
            new("{subject|该路径}不是文件夹。", "请指定一个文件夹，或先移走占用该名称的文件。")),
        [RefusalCode.IsAFolder] = (
            new("{subject|The path} is a folder.", "Name a file, or ask for the whole folder."),
            new("{subject|该路径}是文件夹。", "请指定文件，或对整个文件夹进行操作。")),
        [RefusalCode.NotEmpty] = (
            new("{subject|The folder} is not empty.", "Empty it first, or remove it with all it holds: switchboard rm -r. An account's home goes with switchboard account remove --purge."),
            new("{subject|该文件夹}不是空的。", "请先清空，或连同其中内容一起删除：switchboard rm -r。账户的主目录用 switchboard account remove --purge 删除。")),
        [RefusalCode.BadName] = (
            new("{subject|The name} cannot be a name here.", "Names are valid UTF-8 of at most 255 bytes, without control characters; choose another."),
            new("{subject|该名称}不能用作名称。", "名称须为有效的 UTF-8，最长 255 字节，且不含控制字符；请换一个。")),
        [RefusalCode.OutsideHome] = (
            new("{subject|The path} leads out of the home.", "Only what lies in your own home can be reached; a link to somewhere else is not followed."),
            new("{subject|该路径}指向主目录之外。", "只能访问您自己主目录中的内容；指向别处的链接不会被跟随。")),
        [RefusalCode.NotAFile] = (
            new("{subject|The path} is not a regular file.", "Pipes, sockets and devices cannot be transferred."),
            new("{subject|该路径}不是普通文件。", "管道、套接字和设备文件无法传输。")),
        [RefusalCode.Busy] = (
            new("{subject|The file} is in use by another connection.", "Try again[ in {wait}] when the other one is finished; switchboard uploads shows what is under way."),
            new("{subject|该文件}正被另一个连接使用。", "请等它完成后[（{wait}后）]重试；用 switchboard uploads 查看正在进行的上传。")),
        [RefusalCode.ReadOnly] = (
            new("{subject|The place} cannot be written to.", "The disk or the folder is read-only: change its rights, or ask whoever runs the server."),
            new("{subject|该位置}不可写入。", "磁盘或文件夹是只读的：请修改其权限，或联系服务器管理员。")),
        [RefusalCode.OverQuota] = (
            new("{subject|This} does not fit into your quota[: {free} is free][, {missing} is missing].", "Remove something (switchboard rm, switchboard uploads drop), or ask an administrator for a larger quota."),
            new("{subject|内容}超出您的配额[：剩余 {free}][，还差 {missing}]。", "请删除一些内容（switchboard rm 或 switchboard uploads drop），或请管理员增加配额。")),
        [RefusalCode.OverLimit] = (
            new("{subject|This} is over a limit of the server.", "Ask for less at a time; the limits stand in docs/protocol.md."),
            new("{subject|请求}超出服务器的限制。", "请减少一次请求的数量；各项限制见 docs/protocol.md。")),
        [RefusalCode.DiskFull] = (
            new("The disk is full[ at {subject}][: {free} is free][, {missing} is missing].", "Make room on that disk, or ask whoever runs the server to do so. What was already sent is kept and can be resumed."),
            new("磁盘已满[：{subject}][，剩余 {free}][，还差 {missing}]。", "请清理该磁盘，或请服务器管理员清理。已传送的部分会保留，可以续传。")),
        [RefusalCode.UploadUnknown] = (
            new("There is no unfinished upload {subject|of that name}.", "It was finished, dropped, or has expired. See switchboard uploads, or begin anew."),
            new("没有未完成的上传{subject|}。", "它可能已完成、已放弃或已过期。请查看 switchboard uploads，或重新开始。")),
        [RefusalCode.BadOffset] = (
            new("The offset for {subject|this transfer} does not fit what is there.", "Ask for the current state and go on from there, or begin anew with --restart."),
            new("{subject|此传输}的偏移量与现有内容不符。", "请查询当前状态并从那里继续，或用 --restart 重新开始。")),
        [RefusalCode.SizeMismatch] = (
            new("The size of {subject|the file} is not what was announced; nothing was stored.", "The source may have changed while it was sent: send it again."),
            new("{subject|文件}的大小与声明的不一致，未保存任何内容。", "源文件可能在传送过程中被修改，请重新传送。")),
        [RefusalCode.DigestMismatch] = (
            new("The content of {subject|the file} did not arrive as it was sent (SHA-256 differs).", "Send it again; what is damaged is found and replaced. If it happens often, suspect memory, disk or network hardware."),
            new("{subject|文件}的内容与原件不一致（SHA-256 不同）。", "请重新传送，损坏的部分会被找出并替换。如果经常发生，请检查内存、磁盘或网络硬件。")),
        [RefusalCode.SourceChanged] = (
            new("{subject|The source} was changed while it was being transferred.", "Try again when nothing writes to it any more."),
            new("{subject|源文件}在传输过程中被修改。", "请在没有程序写入它之后重试。")),
        [RefusalCode.AccountUnknown] = (
            new("There is no account {subject|of that name}.", "See the accounts with switchboard account list."),
            new("账户{subject|}不存在。", "请用 switchboard account list 查看所有账户。")),
        [RefusalCode.AccountExists] = (
            new("There is an account {subject|of that name} already.", "Choose another name, or change that account: switchboard account set NAME."),
            new("账户{subject|}已经存在。", "请换一个名称，或修改该账户：switchboard account set NAME。")),
        [RefusalCode.TokenUnknown] = (
            new("There is no token {subject|with that id}.", "See the tokens with switchboard token list NAME."),
            new("令牌{subject|}不存在。", "请用 switchboard token list NAME 查看令牌。")),
        [RefusalCode.BadAccountName] = (
            new("{subject|This} cannot be the name of an account.", "A name has 1 to 32 characters: letters, digits, dot, hyphen and underscore, beginning with a letter or digit, without upper-case Latin letters."),
            new("{subject|此名称}不能用作账户名。", "账户名为 1 至 32 个字符，可用字母（含汉字）、数字、点、连字符和下划线，以字母或数字开头，不含大写拉丁字母。")),
        [RefusalCode.JobUnknown] = (
            new("There is no job {subject|of that id}.", "See your jobs with switchboard jobs --all. Ended ones are forgotten after a while."),
            new("任务{subject|}不存在。", "请用 switchboard jobs --all 查看您的任务。已结束的任务过一段时间会被清除。")),
        [RefusalCode.RunUnavailable] = (
            new("This server cannot run commands.", "Ask whoever runs it: switchboard doctor says what is missing."),
            new("此服务器无法运行命令。", "请联系服务器管理员：switchboard doctor 会指出缺少什么。")),
        [RefusalCode.RoomUnknown] = (
            new("There is no room {subject|of that name}, or it is not open to you.", "switchboard rooms lists those that are; one who is inside can invite you: switchboard room invite ROOM NAME."),
            new("没有名为 {subject|该名称} 的房间，或者它不对您开放。", "switchboard rooms 列出您可进入的房间；房间里的人可以邀请您：switchboard room invite ROOM NAME。")),
        [RefusalCode.Muted] = (
            new("You may not speak[ in {subject}] for the moment.", "A moderator muted you. Wait {wait|a while}, or ask an administrator."),
            new("您目前不能[在 {subject} ]发言。", "管理员已将您禁言。请等待{wait|一段时间}，或联系管理员。")),
        [RefusalCode.ShareUnknown] = (
            new("This link opens nothing.", "It may be mistyped, used up, expired or withdrawn, or what it led to was changed. Ask whoever sent it for a new one; your own links: switchboard share list."),
            new("此链接无效。", "链接可能有误、次数已用完、已过期或已撤销，也可能它指向的内容已更改。请向发送者索要新链接；您自己的链接：switchboard share list。")),
    };
}
