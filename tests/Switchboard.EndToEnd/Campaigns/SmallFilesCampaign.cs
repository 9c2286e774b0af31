using System.Text.Json;

namespace Switchboard.EndToEnd.Campaigns;

/// <summary>Kills in the middle of hundreds of small files that are committed in groups: what stands is whole, and the second attempt completes it.</summary>
[Collection(OneAtATime.Name)]
public sealed class SmallFilesCampaign : IDisposable
{
    private const int Files = 400;
    private const int Largest = 9_000;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _dice = new(Soak.Seed);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    [InlineData("line")]
    public async Task A_folder_of_small_files_is_whole_after_any_kill(string victim)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using CuttingRelay relay = new(server.Port);
        await server.AddAccountAsync("ann", "correct horse");
        Dictionary<string, string?> environment = server.TokenEnvironment("ann", await server.AddTokenAsync("ann"), relay.Port);
        string home = server.HomeOf("ann");
        for (int round = 0; round < Soak.Rounds(6, 60); round++)
        {
            string name = $"r{round}";
            long bytes = MakeFiles(name);
            await PutAsync(server, relay, environment, victim, _folder.At(name), _dice.NextInt64(1, bytes));
            AssertWhole(name, home, all: false);
            (await Command.RunAsync(["put", _folder.At(name), "/"], environment)).Expect(0);
            AssertWhole(name, home, all: true);
        }

        long sum = Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        using JsonDocument space = JsonDocument.Parse((await Command.RunAsync(["df", "--json"], environment)).Expect(0).Text);
        Assert.Equal(sum, space.RootElement.GetProperty("used").GetInt64());
    }

    private long MakeFiles(string name)
    {
        long bytes = 0;
        for (int file = 0; file < Files; file++)
        {
            int size = _dice.Next(0, Largest);
            _folder.RandomFile($"{name}/d{file % 7}/{file}", size, _dice.Next());
            bytes += size;
        }

        return bytes;
    }

    private static async Task PutAsync(
        ServerProcess server, CuttingRelay relay, Dictionary<string, string?> environment, string victim, string source, long at)
    {
        TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Command? client = null;
        relay.After(Way.Up, at, () =>
        {
            Kill(victim, server, relay, client!);
            died.SetResult();
        });
        using (client = Command.Start(["put", source, "/"], environment))
        {
            Task<CommandResult> ended = client.WaitAsync();
            await Task.WhenAny(died.Task, ended);
            relay.Disarm();
            if (victim == "server" && died.Task.IsCompleted)
            {
                await server.Kill9Async();
                await server.StartAgainAsync();
            }

            CommandResult result = await ended;
            Assert.True(result.ExitCode == 0 || victim == "client", result.Error);
        }
    }

    private static void Kill(string victim, ServerProcess server, CuttingRelay relay, Command client)
    {
        switch (victim)
        {
            case "client":
                client.Kill9();
                break;
            case "server":
                server.SendKill9();
                break;
            default:
                relay.Cut();
                break;
        }
    }

    private void AssertWhole(string name, string home, bool all)
    {
        foreach (string source in Directory.EnumerateFiles(_folder.At(name), "*", SearchOption.AllDirectories))
        {
            string stored = Path.Combine(home, Path.GetRelativePath(_folder.Path, source));
            Assert.True(File.Exists(stored) || !all, $"{stored} is missing; SWITCHBOARD_SEED={Soak.Seed}");
            Assert.True(!File.Exists(stored) || File.ReadAllBytes(stored).AsSpan().SequenceEqual(File.ReadAllBytes(source)), $"{stored} is not whole; SWITCHBOARD_SEED={Soak.Seed}");
        }
    }
}
