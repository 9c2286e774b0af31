using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Switchboard.EndToEnd.Commands;

/// <summary>A server with accounts that may run commands, and a person who types them.</summary>
public sealed class CommandSite : IAsyncDisposable
{
    private readonly Dictionary<string, string> _tokens = [];

    private CommandSite(ServerProcess server) => Server = server;

    public ServerProcess Server { get; }

    public string Home => Server.HomeOf("ann");

    /// <param name="settings">Lines of the settings file.</param>
    public static async Task<CommandSite> StartAsync(params string[] settings)
    {
        Assert.SkipUnless(Programs.Has("bwrap"), "skipped: bubblewrap is not installed");
        string file = Path.Combine(Path.GetTempPath(), $"switchboard-{Guid.NewGuid():N}.conf");
        File.WriteAllLines(file, settings);
        CommandSite site = new(await ServerProcess.StartAsync(settings.Length == 0 ? [] : ["--config", file]));
        await site.AddAsync("ann", "files,run");
        return site;
    }

    public async Task AddAsync(string account, string allow, string? quota = null)
    {
        await Server.AddAccountAsync(account, "a password for tests", quota, allow);
        _tokens[account] = await Server.AddTokenAsync(account);
    }

    public Dictionary<string, string?> Environment(string account = "ann", int? port = null) => Server.TokenEnvironment(account, _tokens[account], port);

    /// <summary>Types <c>switchboard run -- …</c> as ann.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => TypeAsync(["run", "--", .. command]);

    /// <summary>Types a whole line as ann.</summary>
    public Task<CommandResult> TypeAsync(params string[] line) => Command.RunAsync(line, Environment());

    /// <summary>Runs a shell line as ann and gives its output, whatever its exit code.</summary>
    public async Task<string> ShellAsync(string line) => (await RunAsync("sh", "-c", line)).Text;

    /// <summary>Starts a job that nobody follows.</summary>
    public async Task<string> DetachAsync(params string[] command) => (await TypeAsync(["run", "--detach", "--", .. command])).Expect(0).Text.Trim();

    /// <summary>Follows a job from its first byte to its end.</summary>
    public Task<CommandResult> AttachAsync(string job) => TypeAsync("attach", job, "--from-start");

    /// <summary>Waits until a job with this in its command line runs, and gives its id.</summary>
    public async Task<string> RunningAsync(string contains)
    {
        string found = "";
        await EventuallyAsync(async () =>
        {
            found = (await TypeAsync("jobs", "--json")).Expect(0).Text.Split('\n').FirstOrDefault(line => line.Contains(contains, StringComparison.Ordinal)) ?? "";
            return found.Length > 0;
        }, $"a job with {contains} runs");
        return JsonDocument.Parse(found).RootElement.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> JobAsync(string job) => JsonDocument.Parse((await TypeAsync("job", job, "--json")).Expect(0).Text).RootElement;

    /// <summary>Waits until something holds, asking again; for at most 30 seconds, or as many as are given.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> holds, string what, int seconds = 30)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(seconds), $"still not: {what}");
            await Task.Delay(50);
        }
    }

    /// <summary>Processes of this machine that sleep for a number of seconds that begins so: the test's own.</summary>
    public static int Sleepers(int seconds) => Directory.EnumerateDirectories("/proc").Count(folder => char.IsAsciiDigit(folder[^1]) && IsSleeper(folder, seconds));

    private static bool IsSleeper(string process, int seconds)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline").StartsWith($"sleep\0{seconds}", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It ended while we looked.
            return false;
        }
    }

    public static byte[] Numbered(int lines)
    {
        StringBuilder text = new(lines * 8);
        for (int i = 1; i <= lines; i++)
        {
            text.Append(i).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    public static bool Has(string name) => Find(name) is not null;

    public static string? Find(string name)
        => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
