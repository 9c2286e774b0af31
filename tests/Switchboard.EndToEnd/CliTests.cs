using System.Security.Cryptography;
using System.Text.Json;

namespace Switchboard.EndToEnd;

/// <summary>What a person types and sees, against a real server.</summary>
public sealed class CliTests : IAsyncLifetime
{
    private const string Password = "correct horse";

    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        await _server.AddAccountAsync("ann", Password, quota: "10M");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private Task<CommandResult> AnnAsync(params string[] arguments) => _server.ClientAsync("ann", Password, arguments);

    private string LocalFile(string name, int size)
    {
        string path = _folder.At(name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(size));
        return path;
    }

    private static JsonElement Json(CommandResult result) => JsonDocument.Parse(result.Text.Trim()).RootElement;

    [Fact]
    public async Task A_file_goes_there_and_back_and_json_tells_what_was_moved()
    {
        string local = LocalFile("图片.bin", 300_000);
        JsonElement put = Json((await AnnAsync("put", local, "/pictures/", "--json")).Expect(0));
        Assert.Equal("/pictures/图片.bin", put.GetProperty("path").GetString());
        Assert.Equal(300_000, put.GetProperty("size").GetInt64());
        Assert.Equal(300_000, put.GetProperty("sent").GetInt64());
        Assert.Equal(0, put.GetProperty("resumed_at").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(local))), put.GetProperty("sha256").GetString());

        string back = _folder.At("back.bin");
        (await AnnAsync("get", "/pictures/图片.bin", back)).Expect(0);
        Assert.Equal(File.ReadAllBytes(local), File.ReadAllBytes(back));
        (await AnnAsync("verify", "/pictures", "--against", _folder.Path)).Expect(0);
    }

    [Fact]
    public async Task Standard_input_and_output_carry_content_and_nothing_else()
    {
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password);
        (await Command.RunAsync(["put", "-", "/note.txt"], environment, "你好\n")).Expect(0);
        CommandResult got = (await AnnAsync("get", "/note.txt", "-", "--json")).Expect(0);
        Assert.Equal("你好\n", got.Text);
        Assert.Contains("\"sha256\"", got.Error);
    }

    [Fact]
    public async Task Folders_are_made_listed_moved_and_removed()
    {
        (await AnnAsync("mkdir", "-p", "/a/b")).Expect(0);
        (await AnnAsync("put", LocalFile("x", 10), "/a/b/x")).Expect(0);
        Assert.Equal("b\nb/x\n", (await AnnAsync("ls", "-R", "/a")).Expect(0).Text);
        Assert.Equal("folder", Json((await AnnAsync("stat", "/a", "--json")).Expect(0)).GetProperty("type").GetString());
        (await AnnAsync("mv", "/a/b/x", "/a/")).Expect(0);
        Assert.Equal("b\nx\n", (await AnnAsync("ls", "/a")).Expect(0).Text);
        Assert.Equal(10, Json((await AnnAsync("du", "/a", "--json")).Expect(0)).GetProperty("bytes").GetInt64());
        (await AnnAsync("rm", "/a")).Expect(1);
        (await AnnAsync("rm", "-r", "/a")).Expect(0);
        Assert.Equal("", (await AnnAsync("ls")).Expect(0).Text);
    }

    [Theory]
    [InlineData(4, "not_found", "stat", "/nothing")]
    [InlineData(3, "forbidden", "account", "list", "--server")]
    [InlineData(2, "wrong_usage", "ls", "--nonsense")]
    public async Task Failures_have_codes_in_json_and_exit_codes(int exit, string code, params string[] arguments)
    {
        string[] line = [.. arguments, .. arguments[^1] == "--server" ? [_server.Address] : Array.Empty<string>(), "--json"];
        CommandResult result = (await AnnAsync(line)).Expect(exit);
        Assert.Equal(code, JsonDocument.Parse(result.Error).RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("", result.Text);
    }

    [Fact]
    public async Task Over_the_quota_is_6_a_wrong_password_3_and_nobody_there_5()
    {
        CommandResult over = (await AnnAsync("put", LocalFile("big", 11 << 20), "/", "--json")).Expect(6);
        Assert.Equal("over_quota", JsonDocument.Parse(over.Error).RootElement.GetProperty("error").GetProperty("code").GetString());
        (await _server.ClientAsync("ann", "wrong", "ls")).Expect(3);
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password, port: 1);
        (await Command.RunAsync(["ls"], environment)).Expect(5);
    }

    [Fact]
    public async Task A_login_is_remembered_until_logout()
    {
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password);
        foreach (string name in (string[])["SWITCHBOARD_SERVER", "SWITCHBOARD_USER", "SWITCHBOARD_PASSWORD", "SWITCHBOARD_FINGERPRINT"])
        {
            environment[name] = null;
        }
        string[] login = ["login", _server.Address, "--user", "ann", "--password-stdin", "--fingerprint", _server.Fingerprint, "--as", "home"];
        CommandResult greeted = (await Command.RunAsync(login, environment, Password + "\n")).Expect(0);
        Assert.Contains("10 MiB", greeted.Text);
        Assert.Equal("ann", Json((await Command.RunAsync(["whoami", "--json"], environment)).Expect(0)).GetProperty("account").GetString());
        JsonElement profile = Json((await Command.RunAsync(["profiles", "--json"], environment)).Expect(0));
        Assert.Equal("home", profile.GetProperty("name").GetString());
        Assert.True(profile.GetProperty("default").GetBoolean());
        (await Command.RunAsync(["logout"], environment)).Expect(0);
        (await Command.RunAsync(["whoami"], environment)).Expect(3);
    }

    [Fact]
    public async Task A_wrong_fingerprint_sends_nothing()
    {
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password);
        environment["SWITCHBOARD_FINGERPRINT"] = "SHA256:" + Convert.ToBase64String(new byte[32]).TrimEnd('=');
        (await Command.RunAsync(["ls"], environment)).Expect(3);
    }

    [Fact]
    public async Task A_session_can_be_scripted()
    {
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password);
        string script = $"mkdir 'my folder'\ncd my\\ folder\npwd\nput {LocalFile("one.txt", 5)}\nls\nlss\nls\nquit\n";
        CommandResult result = (await Command.RunAsync(["open"], environment, script)).Expect(0);
        Assert.Equal("/my folder\none.txt\none.txt\n", result.Text);
        Assert.Contains("Did you mean 'ls'?", result.Error);
    }

    [Fact]
    public async Task A_line_that_breaks_is_nothing_a_session_has_to_hear_of()
    {
        const int Questions = 200;
        await using CuttingRelay relay = new(_server.Port);
        int cuts = 0;
        // More than a login takes, so that every new line carries some questions, and is cut before, in or behind one of them.
        void CutAgain()
        {
            cuts++;
            relay.Cut();
            relay.After(Way.Up, 4_000, CutAgain);
        }

        relay.After(Way.Up, 6_000, CutAgain);
        string script = string.Concat(Enumerable.Repeat("ls\ndf\n", Questions / 2));
        CommandResult result = (await Command.RunAsync(["open"], _server.ClientEnvironment("ann", Password, relay.Port), script)).Expect(0);
        Assert.InRange(cuts, 2, Questions);
        Assert.Equal(Questions / 2, result.Text.Split('\n').Count(line => line.StartsWith("quota ", StringComparison.Ordinal)));
        Assert.DoesNotContain("connection", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_and_tokens_are_managed_beside_the_running_server_and_without_it()
    {
        Task<CommandResult> Own(params string[] arguments) => Command.RunAsync([.. arguments, "--data", _server.Data]);
        string added = (await Own("account", "add", "小明", "--json")).Expect(0).Text;
        string made = JsonDocument.Parse(added).RootElement.GetProperty("password").GetString()!;
        (await _server.ClientAsync("小明", made, "df")).Expect(0);
        string token = (await Own("token", "add", "小明", "--label", "script")).Expect(0).Text.Trim();
        Assert.StartsWith("sbt_", token);
        (await Own("account", "disable", "小明")).Expect(0);
        (await _server.ClientAsync("小明", made, "df")).Expect(3);
        (await Own("account", "add", "小明")).Expect(1);
        (await Own("account", "show", "nobody")).Expect(4);

        await _server.StopAsync();
        Assert.Contains("小明", (await Own("account", "list")).Expect(0).Text);
        (await Own("account", "enable", "小明")).Expect(0);
        (await Own("account", "set", "小明", "--quota", "1M")).Expect(0);
        Assert.Equal(1 << 20, Json((await Own("account", "show", "小明", "--json")).Expect(0)).GetProperty("quota").GetInt64());
        await _server.StartAgainAsync();
        (await _server.ClientAsync("小明", made, "df")).Expect(0);
        Assert.Contains("account-", (await Own("audit", "--last", "50")).Expect(0).Text);
    }

    [Fact]
    public async Task The_first_start_without_a_terminal_keeps_the_password_in_a_closed_file()
    {
        string file = Path.Combine(_server.Data, "first-run");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        string password = File.ReadAllText(file).Trim();
        Assert.DoesNotContain(password, _server.Log);
        (await _server.ClientAsync("admin", password, "whoami")).Expect(0);
    }

    [Fact]
    public async Task A_reader_that_leaves_is_no_error()
    {
        using Command shell = Command.Start(["-c", $"'{ProgramFile.Path}' help | head -1; echo ${{PIPESTATUS[0]}}"], program: "/bin/bash");
        CommandResult result = (await shell.WaitAsync()).Expect(0);
        Assert.EndsWith("\n0\n", result.Text);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task An_upload_that_was_interrupted_says_how_to_go_on_and_resumes()
    {
        string local = LocalFile("long", 9_500_000);
        Dictionary<string, string?> environment = _server.ClientEnvironment("ann", Password);
        using (Command put = Command.Start(["put", "--limit-rate", "1M", local, "/long"], environment))
        {
            await Until(async () => (await AnnAsync("uploads", "--json")).Text is { Length: > 0 } text && JsonDocument.Parse(text).RootElement.GetProperty("offset").GetInt64() > 2_000_000);
            put.Interrupt();
            CommandResult cut = (await put.WaitAsync()).Expect(130);
            Assert.Contains($"switchboard put --limit-rate 1M {local} /long", cut.Error);
        }
        JsonElement done = Json((await AnnAsync("put", local, "/long", "--json")).Expect(0));
        Assert.InRange(done.GetProperty("resumed_at").GetInt64(), 2_000_000, 9_499_999);
        Assert.InRange(done.GetProperty("sent").GetInt64(), 1, 7_500_000);
        (await AnnAsync("verify", "/long", "--against", local)).Expect(0);
    }

    private static async Task Until(Func<Task<bool>> happened)
    {
        while (!await happened())
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_backup_taken_while_the_server_runs_is_the_same_server_elsewhere()
    {
        (await AnnAsync("put", LocalFile("kept", 1_000), "/kept")).Expect(0);
        string file = _folder.At("box.tar"), elsewhere = _folder.At("elsewhere");
        (await Command.RunAsync(["backup", file, "--data", _server.Data])).Expect(0);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        (await Command.RunAsync(["backup", file, "--data", _server.Data])).Expect(1);
        (await Command.RunAsync(["restore", file, "--data", elsewhere])).Expect(0);
        (await Command.RunAsync(["restore", file, "--data", elsewhere])).Expect(1);
        Assert.Contains("ann", (await Command.RunAsync(["account", "list", "--data", elsewhere])).Expect(0).Text);
        File.WriteAllBytes(_folder.At("cut.tar"), File.ReadAllBytes(file)[..^4_000]);
        (await Command.RunAsync(["restore", _folder.At("cut.tar"), "--data", _folder.At("other")])).Expect(7);
    }

    [Fact]
    public async Task Doctor_finds_nothing_wrong_with_a_running_server()
    {
        CommandResult result = await Command.RunAsync(["doctor", "--data", _server.Data, "--json"], new Dictionary<string, string?> { ["SWITCHBOARD_LISTEN"] = _server.Address });
        Assert.DoesNotContain("\"fail\"", result.Expect(0).Text);
    }
}
