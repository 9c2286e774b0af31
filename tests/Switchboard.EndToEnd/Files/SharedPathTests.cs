using System.Security.Cryptography;

namespace Switchboard.EndToEnd.Files;

/// <summary>Two devices of one account write one path while a third reads it: there is always one whole file, never a mix.</summary>
public sealed class SharedPathTests
{
    private const int TryAgainLater = 5;

    [Theory]
    [InlineData(3 << 20)]
    [InlineData(100_000)]
    public async Task Two_devices_writing_one_path_leave_one_whole_file(int size)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using TemporaryFolder folder = new();
        await server.AddAccountAsync("ann", "correct horse");
        string[] tokens = [await server.AddTokenAsync("ann"), await server.AddTokenAsync("ann")];
        string first = folder.RandomFile("first", size, 1), second = folder.RandomFile("second", size, 2);
        string[] whole = [Digest(first), Digest(second)];
        (await Put(server, tokens[0], first)).Expect(0);

        for (int round = 0; round < 6; round++)
        {
            string target = folder.At($"read{round}");
            CommandResult[] results = await Task.WhenAll(
                Put(server, tokens[0], first), Put(server, tokens[1], second),
                Command.RunAsync(["get", "/shared.bin", target], server.TokenEnvironment("ann", tokens[0])));
            Assert.All(results[..2], result => Assert.True(result.ExitCode is 0 or TryAgainLater, result.Error));
            Assert.Contains(results[..2], result => result.ExitCode == 0);
            Assert.Contains(Digest(Path.Combine(server.HomeOf("ann"), "shared.bin")), whole);
            results[2].Expect(0);
            Assert.Contains(Digest(target), whole);
        }
    }

    private static Task<CommandResult> Put(ServerProcess server, string token, string source)
        => Command.RunAsync(["put", source, "/shared.bin"], server.TokenEnvironment("ann", token));

    private static string Digest(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
