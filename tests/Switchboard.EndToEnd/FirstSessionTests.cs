using System.Text.Json;

namespace Switchboard.EndToEnd;

/// <summary>What the README shows, typed as a newcomer types it: start, log in, send, fetch, restart.</summary>
public sealed class FirstSessionTests
{
    [Fact]
    public async Task A_newcomer_serves_logs_in_puts_and_gets()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using TemporaryFolder folder = new();
        await server.AddAccountAsync("ann", "correct horse", "20G");
        Dictionary<string, string?> person = Person(folder);

        CommandResult login = await Command.RunAsync(
            ["login", server.Address, "--user", "ann", "--password-stdin", "--fingerprint", server.Fingerprint], person, "correct horse\n");
        login.Expect(0);
        string source = folder.RandomFile("notes.txt", 1_000_000, 1);
        (await Command.RunAsync(["put", source, "/"], person)).Expect(0);
        Assert.Contains("notes.txt", (await Command.RunAsync(["ls", "-l"], person)).Expect(0).Text, StringComparison.Ordinal);
        (await Command.RunAsync(["get", "/notes.txt", folder.At("copy.txt")], person)).Expect(0);
        Assert.Equal(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(folder.At("copy.txt"), TestContext.Current.CancellationToken));

        Assert.Equal(0, await server.StopAsync());
        await server.StartAgainAsync();
        Assert.Contains("ann", (await Command.RunAsync(["whoami"], person)).Expect(0).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", string.Concat(Directory.EnumerateFiles(folder.Path, "*.json", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_start_leaves_a_password_that_nobody_else_can_read()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        string first = Path.Combine(server.Data, "first-run");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(server.Data));
        Assert.Empty(server.Announcement);
        await server.StopAsync();
        Assert.Contains("first-run", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_an_unknown_key_and_a_missing_file_have_their_own_exit_codes_and_languages()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await server.AddAccountAsync("ann", "correct horse");
        (await server.ClientAsync("bob", "wrong", "ls")).Expect(3);
        Dictionary<string, string?> pinned = server.ClientEnvironment("ann", "correct horse");
        CommandResult missing = (await Command.RunAsync(["stat", "/nothing", "--json"], pinned)).Expect(4);
        using JsonDocument error = JsonDocument.Parse(missing.Error);
        Assert.Equal("not_found", error.RootElement.GetProperty("error").GetProperty("code").GetString());
        CommandResult chinese = (await Command.RunAsync(["stat", "/nothing", "--lang", "zh"], pinned)).Expect(4);
        Assert.Contains(chinese.Error, c => c is >= '\u4e00' and <= '\u9fff');

        pinned["SWITCHBOARD_FINGERPRINT"] = "SHA256:" + new string('A', 43);
        (await Command.RunAsync(["ls"], pinned)).Expect(3);
        pinned["SWITCHBOARD_SERVER"] = "127.0.0.1:1";
        (await Command.RunAsync(["ls"], pinned)).Expect(5);
    }

    private static Dictionary<string, string?> Person(TemporaryFolder folder) => new()
    {
        ["HOME"] = folder.Path,
        ["XDG_CONFIG_HOME"] = folder.At("config"),
        ["XDG_DATA_HOME"] = folder.At("share"),
    };
}
