using System.Text.Json;

namespace Switchboard.EndToEnd.Commands;

/// <summary>One command on several servers at once, and programs of another encoding.</summary>
public sealed class SeveralServersTests : IAsyncLifetime
{
    private readonly List<CommandSite> _sites = [];
    private Dictionary<string, string?> _person = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (string name in (string[])["web1", "web2-longer", "机房"])
        {
            CommandSite site = await CommandSite.StartAsync();
            _sites.Add(site);
            _person ??= site.Environment();
            (await site.RunAsync("sh", "-c", "echo $0 > name", name)).Expect(0);
            string[] login = ["login", site.Server.Address, "--user", "ann", "--password-stdin", "--fingerprint", site.Server.Fingerprint, "--as", name];
            (await Command.RunAsync(login, WithoutServer(), "a password for tests\n")).Expect(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (CommandSite site in _sites)
        {
            await site.DisposeAsync();
        }
    }

    [Fact]
    public async Task Lines_stay_whole_and_say_whose_they_are()
    {
        CommandResult result = (await OnAllAsync([], "sh", "-c", "i=0; while [ $i -lt 300 ]; do printf 'a line that '; echo \"is long enough $(cat name) $i\"; i=$((i+1)); done")).Expect(0);
        string[] lines = result.Text.TrimEnd('\n').Split('\n');
        Assert.Equal(900, lines.Length);
        foreach ((string name, string padded) in new[] { ("web1", "web1         "), ("web2-longer", "web2-longer  "), ("机房", "机房         ") })
        {
            string[] own = [.. lines.Where(line => line.StartsWith(padded, StringComparison.Ordinal))];
            Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{padded}a line that is long enough {name} {i}"), own);
        }

        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task Who_failed_is_summed_up_and_the_highest_exit_code_is_ours()
    {
        CommandResult result = (await OnAllAsync([], "sh", "-c", "case $(cat name) in web1) exit 0;; web2*) exit 7;; *) kill -KILL $$;; esac")).Expect(128 + 9);
        Assert.Contains("2 of 3", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  web2-longer  .*\b7\b", result.Error);
        Assert.Contains("机房", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("web1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_each_line_is_an_object_with_its_server()
    {
        CommandResult result = (await OnAllAsync(["--json"], "sh", "-c", "cat name; echo oops >&2; exit 3")).Expect(3);
        JsonElement[] told = [.. result.Text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(9, told.Length);
        foreach (string name in (string[])["web1", "web2-longer", "机房"])
        {
            JsonElement[] own = [.. told.Where(one => one.GetProperty("profile").GetString() == name)];
            Assert.Equal(3, own.Length);
            Assert.Contains(own, one => one.TryGetProperty("exit", out JsonElement exit) && exit.GetInt32() == 3);
            Assert.Contains(own, one => Line(one) == ("stdout", name));
            Assert.Contains(own, one => Line(one) == ("stderr", "oops"));
        }
    }

    [Fact]
    public async Task One_that_cannot_be_reached_keeps_none_of_the_others_back()
    {
        await _sites[1].Server.Kill9Async();
        CommandResult result = (await OnAllAsync([], "cat", "name")).Expect(255);
        Assert.Equal(["web1         web1", "机房         机房"], result.Text.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
        Assert.Contains("1 of 3", result.Error, StringComparison.Ordinal);
        Assert.Contains("web2-longer", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_of_an_old_encoding_is_shown_in_ours_even_when_a_character_comes_in_two_parts()
    {
        CommandSite site = _sites[0];
        string script = "printf '\\326'; sleep 0.2; printf '\\320\\316\\304 \\262\\342\\312\\324\\n'; printf '\\264\\355\\n' >&2";
        CommandResult result = (await site.TypeAsync("run", "--encoding", "gbk", "--", "sh", "-c", script)).Expect(0);
        Assert.Equal(("中文 测试\n", "错\n"), (result.Text, result.Error));

        // And what it is told arrives in its own.
        using Command typed = Command.Start(["run", "--encoding", "gbk", "--", "od", "-An", "-tx1"], site.Environment(), "中文\n"u8.ToArray());
        Assert.Equal("d6 d0 ce c4 0a", (await typed.WaitAsync()).Expect(0).Text.Trim());
        (await site.TypeAsync("run", "--encoding", "gkb", "--", "true")).Expect(2);
    }

    private static (string?, string?) Line(JsonElement told) => told.TryGetProperty("line", out JsonElement line) ? (told.GetProperty("stream").GetString(), line.GetString()) : default;

    private Task<CommandResult> OnAllAsync(string[] flags, params string[] command) =>
        Command.RunAsync(["run", "--profile", "web1", "--profile", "web2-longer", "--profile", "机房", .. flags, "--", .. command], WithoutServer());

    private Dictionary<string, string?> WithoutServer()
    {
        Dictionary<string, string?> environment = new(_person);
        foreach (string name in (string[])["SWITCHBOARD_SERVER", "SWITCHBOARD_USER", "SWITCHBOARD_TOKEN", "SWITCHBOARD_FINGERPRINT"])
        {
            environment[name] = null;
        }

        return environment;
    }
}
