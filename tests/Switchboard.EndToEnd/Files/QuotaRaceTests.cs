using System.Globalization;
using System.Text.Json;

namespace Switchboard.EndToEnd.Files;

/// <summary>Ten clients upload into one account near its quota: never a byte over, never a refusal while there is room.</summary>
public sealed class QuotaRaceTests
{
    private const int OverQuota = 6;
    private const int Clients = 10;

    [Fact]
    public async Task Ten_clients_get_exactly_as_many_uploads_in_as_there_is_room_for()
    {
        const int size = 3_000_000, room = 7;
        await using Race race = await Race.PrepareAsync((size * room) + (size - 1));

        CommandResult[] results = await race.AllAsync(client => ["put", race.Folder.RandomFile($"u{client}", size, client), $"/u{client}"]);
        Assert.Equal(room, results.Count(result => result.ExitCode == 0));
        Assert.All(results.Where(result => result.ExitCode != 0), result => result.Expect(OverQuota));
        await race.CheckAsync(size * room);
    }

    [Fact]
    public async Task Ten_clients_fill_an_account_with_small_files_to_the_last_one_that_fits()
    {
        const int size = 5_000, each = 60, room = 333;
        await using Race race = await Race.PrepareAsync((size * room) + 4_999);
        for (int file = 0; file < Clients * each; file++)
        {
            race.Folder.RandomFile(string.Create(CultureInfo.InvariantCulture, $"s{file / each}/{file % each}"), size, file);
        }

        CommandResult[] results = await race.AllAsync(client => ["put", race.Folder.At($"s{client}"), "/"]);
        Assert.Contains(results, result => result.ExitCode == OverQuota);
        await race.CheckAsync(size * room);
    }

    [Fact]
    public async Task A_refusal_says_how_much_is_free_and_how_much_is_missing()
    {
        await using Race race = await Race.PrepareAsync(1_000_000);
        CommandResult result = (await race.RunAsync("put", race.Folder.RandomFile("big", 1_500_000, 1), "/big", "--json")).Expect(OverQuota);
        using JsonDocument error = JsonDocument.Parse(result.Error.Split('\n').Last(line => line.StartsWith('{')));
        Assert.Equal("over_quota", error.RootElement.GetProperty("error").GetProperty("code").GetString());
        string message = error.RootElement.GetProperty("error").GetProperty("message").GetString()!;
        Assert.True(message.Count(char.IsDigit) >= 2, message);
    }

    private sealed class Race(ServerProcess server, string token, long quota) : IAsyncDisposable
    {
        public TemporaryFolder Folder { get; } = new();

        public static async Task<Race> PrepareAsync(long quota)
        {
            ServerProcess server = await ServerProcess.StartAsync();
            await server.AddAccountAsync("ann", "correct horse", quota.ToString(CultureInfo.InvariantCulture));
            return new Race(server, await server.AddTokenAsync("ann"), quota);
        }

        public Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(arguments, server.TokenEnvironment("ann", token));

        public Task<CommandResult[]> AllAsync(Func<int, string[]> arguments)
        {
            string[][] commands = [.. Enumerable.Range(0, Clients).Select(arguments)];
            return Task.WhenAll(commands.Select(command => RunAsync(command)));
        }

        /// <summary>The disk and the server's count agree, and nothing more would have fitted.</summary>
        public async Task CheckAsync(long expected)
        {
            long onDisk = Directory.EnumerateFiles(server.HomeOf("ann"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
            Assert.Equal(expected, onDisk);
            using JsonDocument space = JsonDocument.Parse((await RunAsync("df", "--json")).Expect(0).Text);
            Assert.Equal(expected, space.RootElement.GetProperty("used").GetInt64() - space.RootElement.GetProperty("partial").GetInt64());
            Assert.True(space.RootElement.GetProperty("used").GetInt64() <= quota);
        }

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            Folder.Dispose();
        }
    }
}
