using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>login</c>, <c>logout</c>, <c>profiles</c>, <c>whoami</c>, <c>passwd</c>.</summary>
internal static class LoginCommands
{
    private static readonly Flag s_as = new("as", ("Remember it under this name (default: the host)", "以此名称保存（默认用主机名）")) { Value = "PROFILE" };
    private static readonly Flag s_default = new("default", ("Use it when no profile is named", "设为默认配置档"));

    public static Command BuildLogin() => new("login", ("Log in to a server and remember it", "登录服务器并记住"))
    {
        Arguments = [new("HOST[:PORT]", ("The server", "服务器"))],
        Flags = [GlobalFlags.User, Secrets.PasswordStdin, GlobalFlags.Fingerprint, s_as, s_default, GlobalFlags.Insecure, GlobalFlags.Wait],
        Details = (
            "The password is exchanged for a key of this device alone, which is stored readable only by you; the password is not stored. The server's own key is remembered too: if it ever changes, nothing is sent.",
            "密码只用来换取本设备专用的密钥，密钥保存在只有你能读取的文件里，密码本身不保存。服务器的密钥也会记住：一旦变化，什么都不会发送。"),
        Examples =
        [
            new("switchboard login 192.168.1.5 --user ann", ("Ask for the password", "询问密码")),
            new("switchboard login box:9527 --user ann --password-stdin --fingerprint SHA256:… < secret", ("In a script", "在脚本中")),
        ],
        Run = LoginAsync,
    };

    public static Command BuildLogout() => new("logout", ("Forget a server and revoke this device's key", "忘记服务器并撤销本设备的密钥"))
    {
        Arguments = [new("PROFILE", ("Which one (default: the default one)", "哪个配置档（默认用默认的）")) { Optional = true, Completes = Completes.Profile }],
        Run = LogoutAsync,
    };

    public static Command BuildProfiles() => new("profiles", ("List the servers this device knows", "列出本设备登录过的服务器"))
    {
        Arguments = [new("PROFILE", ("Make this one the default", "把它设为默认")) { Optional = true, Completes = Completes.Profile }],
        Run = ProfilesAsync,
    };

    public static Command BuildWhoAmI() => new("whoami", ("Show the account, its permissions and its space", "显示当前账户、权限和空间"))
    {
        Connects = true,
        Run = WhoAmIAsync,
    };

    public static Command BuildPasswd() => new("passwd", ("Change your own password", "修改自己的密码"))
    {
        Flags = [Secrets.PasswordStdin],
        Connects = true,
        Details = ("All other devices of the account are logged out. Without a terminal and without --password-stdin a password is made up and printed.",
            "该账户的其他设备都会退出登录。既没有终端也没有 --password-stdin 时，会生成一个密码并显示。"),
        Run = PasswdAsync,
    };

    private static async Task<int> LoginAsync(Invocation call)
    {
        var store = new ProfileStore();
        var address = ServerAddress.Parse(call.Words[0]);
        string user = call.Value(GlobalFlags.User) ?? throw ReachText.NoUser();
        ConnectOptions options = Reach.Common(call, new() { Address = address, User = user }, store) with
        {
            Fingerprint = call.Value(GlobalFlags.Fingerprint),
            Insecure = call.Has(GlobalFlags.Insecure),
        };
        options = options with { Password = await PasswordAsync(call, user, address) };
        await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(options, call.Stop);
        string token = await client.CreateTokenAsync(label: Environment.MachineName, device: store.DeviceId, ct: call.Stop);
        var profile = new Profile
        {
            Name = call.Value(s_as) ?? (address.UnixPath is null ? address.Host : "local"),
            Address = address.ToString(),
            User = client.Login.Account,
            Token = token,
            Fingerprint = client.ServerFingerprint,
            Insecure = client.ServerFingerprint is null,
        };
        store.Save(profile, call.Has(s_default));
        Welcome(call.Printer, profile.Name, client);
        return ExitCode.Done;
    }

    private static async Task<string> PasswordAsync(Invocation call, string user, ServerAddress address)
    {
        if (call.Has(Secrets.PasswordStdin))
        {
            return await Secrets.FromStdinAsync(call.Stop);
        }
        return Environment.GetEnvironmentVariable("SWITCHBOARD_PASSWORD") is { Length: > 0 } given ? given
            : await Input.SecretAsync(call.Printer, ReachText.PasswordOf(user, address.ToString()), call.Stop) ?? throw ReachText.NoSecret();
    }

    private static void Welcome(Printer printer, string profile, SwitchboardClient client)
    {
        LoginAnswer login = client.Login;
        if (printer.IsJson)
        {
            printer.Json(Line(client, client.Login, profile), CliJson.Default.WhoLine);
            return;
        }
        printer.Line(LoginText.LoggedIn(printer.Safe(login.Account), profile));
        printer.Line(LoginText.Space(login, printer.Language));
    }

    private static async Task<int> LogoutAsync(Invocation call)
    {
        var store = new ProfileStore();
        string? name = call.Word(0);
        Profile profile = store.Find(name) ?? throw (name is null ? ReachText.NoServer() : ReachText.NoProfile(name, Nearest.Of(name, store.List().Select(p => p.Name))));
        bool revoked = profile.Token is null || await TryRevokeAsync(call, profile, store);
        store.Remove(profile.Name);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Profile = profile.Name, Done = revoked ? "revoked" : "forgotten" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        call.Printer.Line(revoked ? LoginText.LoggedOut(profile.Name) : LoginText.Forgotten(profile.Name));
        return ExitCode.Done;
    }

    // The server may be away for good: then the key is forgotten here, and its owner told that it lives on there.
    private static async Task<bool> TryRevokeAsync(Invocation call, Profile profile, ProfileStore store)
    {
        try
        {
            await using SwitchboardClient client = await SwitchboardClient.ConnectAsync(Reach.Common(call, profile.ToOptions(), store), call.Stop);
            await client.RevokeTokenAsync(DeviceToken.TryParse(profile.Token, out DeviceToken? token) ? token.Id : "", call.Stop);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private static Task<int> ProfilesAsync(Invocation call)
    {
        var store = new ProfileStore();
        if (call.Word(0) is { } chosen)
        {
            Profile profile = store.Find(chosen) ?? throw ReachText.NoProfile(chosen, Nearest.Of(chosen, store.List().Select(p => p.Name)));
            store.SetDefault(profile.Name);
        }
        Printer printer = call.Printer;
        var list = store.List();
        if (list.Count == 0 && !printer.IsJson)
        {
            printer.Note(LoginText.NoProfiles);
        }
        string? standard = store.DefaultName;
        if (printer.IsJson)
        {
            foreach (Profile p in list)
            {
                printer.Json(new() { Name = p.Name, Server = p.Address, User = p.User, Fingerprint = p.Fingerprint, Insecure = p.Insecure, Default = p.Name == standard }, CliJson.Default.ProfileLine);
            }
            return Task.FromResult(ExitCode.Done);
        }
        var table = new TextTable(printer, LoginText.ProfileColumns);
        foreach (Profile p in list)
        {
            table.Row(p.Name == standard ? "*" : "", p.Name, p.User ?? "", p.Address, p.Insecure ? printer.In(LoginText.WithoutTls) : p.Fingerprint ?? "");
        }
        table.Print();
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> WhoAmIAsync(Invocation call)
    {
        var reach = new Reach(call);
        await using SwitchboardClient client = await reach.ConnectAsync(call.Stop);
        LoginAnswer me = await client.WhoAmIAsync(call.Stop);
        Printer printer = call.Printer;
        WhoLine line = Line(client, me, reach.Profile?.Name) with { Server = (await reach.OptionsAsync(call.Stop)).Address.ToString() };
        if (printer.IsJson)
        {
            printer.Json(line, CliJson.Default.WhoLine);
            return ExitCode.Done;
        }
        printer.Line(LoginText.You(printer.Safe(me.Account), line.Server));
        printer.Line(LoginText.Permissions(me.Allow));
        printer.Line(LoginText.Space(me, printer.Language));
        return ExitCode.Done;
    }

    private static WhoLine Line(SwitchboardClient client, LoginAnswer me, string? profile) => new()
    {
        Account = me.Account,
        Server = client.Server.Name ?? "",
        Profile = profile,
        Fingerprint = client.ServerFingerprint,
        Allow = me.Allow,
        Quota = me.Quota,
        Used = me.Used,
        Free = me.Free,
        Token = me.Token,
    };

    private static async Task<int> PasswdAsync(Invocation call)
    {
        var reach = new Reach(call);
        await using SwitchboardClient client = await reach.ConnectAsync(call.Stop);
        var (password, generated) = await Secrets.NewAsync(call, SecretText.New);
        await client.ChangePasswordAsync(password, call.Stop);
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Account = client.Login.Account, Password = generated ? password : null, Done = "changed" }, CliJson.Default.DoneLine);
            return ExitCode.Done;
        }
        if (generated)
        {
            call.Printer.Line(password);
        }
        call.Printer.Note(LoginText.PasswordChanged);
        return ExitCode.Done;
    }
}
