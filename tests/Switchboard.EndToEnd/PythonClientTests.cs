using System.Globalization;
using System.Security.Cryptography;

namespace Switchboard.EndToEnd;

/// <summary>The client on the last page of docs/protocol.md, run against a real server: what the page says is enough to write one.</summary>
public sealed class PythonClientTests : IAsyncLifetime
{
    private const string User = "小明", Password = "密码 pässword";

    private readonly TemporaryFolder _local = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Python is not null, "skipped: python3 is not installed");
        _server = await ServerProcess.StartAsync();
        await _server.AddAccountAsync(User, Password);
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _local.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024)]
    [InlineData((256 * 1024) + 1)]
    [InlineData(9_000_000)]
    public async Task A_file_goes_up_is_listed_and_comes_back_the_same(int size)
    {
        string file = MakeFile(size);
        string digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file)));
        Assert.Equal(digest, (await RunAsync("put", file, "文件.bin")).Expect(0).Text.Trim());
        Assert.Equal($"file {size} '文件.bin'", (await RunAsync("ls")).Expect(0).Text.Trim());
        Assert.Equal(digest, (await RunAsync("get", "文件.bin", _local.At("back"))).Expect(0).Text.Trim());
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(_local.At("back")));
        Assert.False(File.Exists(_local.At("back.part")));
    }

    [Fact]
    public async Task A_broken_upload_goes_on_where_it_was_and_a_damaged_leaf_is_sent_again()
    {
        string file = MakeFile(40_000_000);
        await using CuttingRelay relay = new(_server.Port);
        relay.After(Way.Up, 25_000_000);
        Assert.Equal(1, (await ThroughAsync(relay, "put", file, "big")).ExitCode);
        long kept = DamageKeptFile();
        Assert.InRange(kept, 15_000_000, 25_000_000);

        long before = relay.Passed(Way.Up);
        string digest = (await ThroughAsync(relay, "put", file, "big")).Expect(0).Text.Trim();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))), digest);
        Assert.InRange(relay.Passed(Way.Up) - before, 15_000_000, 40_000_000 - kept + (4 << 20) + 200_000);
    }

    [Fact]
    public async Task Another_servers_key_is_refused_before_anything_is_said()
    {
        CommandResult result = await Client(_server.Address, "SHA256:" + Convert.ToBase64String(new byte[32]).TrimEnd('='), Password, "ls");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("server_untrusted", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_and_a_missing_file_are_told_with_their_codes()
    {
        Assert.Contains("not_found: “/nowhere”", (await RunAsync("get", "nowhere", _local.At("x"))).Error, StringComparison.Ordinal);
        Assert.Contains("login_failed: ", (await Client(_server.Address, _server.Fingerprint, "wrong", "ls")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_speaks_in_the_plain_where_the_server_allows_it()
    {
        Assert.Contains("tls_required: ", (await Client(_server.Address, "plain", Password, "ls")).Error, StringComparison.Ordinal);

        await using ServerProcess insecure = await ServerProcess.StartAsync("--insecure");
        await insecure.AddAccountAsync("ming", "plain words");
        string file = MakeFile(300_000);
        (await Client(insecure.Address, "plain", "plain words", ["put", file, "f"], "ming")).Expect(0);
        Assert.Equal("file 300000 'f'", (await Client(insecure.Address, "plain", "plain words", ["ls"], "ming")).Expect(0).Text.Trim());
    }

    private static string? Python { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);

    private Task<CommandResult> RunAsync(params string[] arguments) => Client(_server.Address, _server.Fingerprint, Password, arguments);

    private Task<CommandResult> ThroughAsync(CuttingRelay relay, params string[] arguments) =>
        Client(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{relay.Port}"), _server.Fingerprint, Password, arguments);

    private static Task<CommandResult> Client(string address, string fingerprint, string password, params string[] arguments) =>
        Client(address, fingerprint, password, arguments, User);

    private static async Task<CommandResult> Client(string address, string fingerprint, string password, string[] arguments, string user)
    {
        string script = Path.Combine(ProgramFile.Checkout, "docs", "client.py");
        Dictionary<string, string?> environment = new() { ["SWITCHBOARD_PASSWORD"] = password, ["PYTHONUTF8"] = "1" };
        using Command command = Command.Start([script, address, user, fingerprint, .. arguments], environment, program: Python);
        return await command.WaitAsync();
    }

    private string MakeFile(int size)
    {
        string path = _local.At("source");
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(size));
        return path;
    }

    /// <summary>Turns one byte of the unfinished upload on the server's disk; returns how many are kept.</summary>
    private long DamageKeptFile()
    {
        string kept = Directory.EnumerateFiles(_server.Data, "*", SearchOption.AllDirectories).Single(path => new FileInfo(path).Length is > 10_000_000 and < 40_000_000);
        using FileStream stream = new(kept, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = 5_000_000;
        int old = stream.ReadByte();
        stream.Position = 5_000_000;
        stream.WriteByte((byte)~old);
        return stream.Length;
    }
}
