using System.Text.Json;

namespace Switchboard.EndToEnd.Files;

/// <summary>A kept prefix is proved before one byte is added; what the disk spoiled is sent again.</summary>
public sealed class DamagedPartialTests
{
    private const int Leaf = 4 << 20;

    [Fact]
    public async Task A_damaged_byte_of_a_kept_upload_is_found_and_only_its_leaf_is_sent_again()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using CuttingRelay relay = new(server.Port);
        using TemporaryFolder folder = new();
        await server.AddAccountAsync("ann", "correct horse");
        string token = await server.AddTokenAsync("ann");
        string source = folder.RandomFile("source", 5 * Leaf, 1);
        await PutUntilCutAsync(relay, server.TokenEnvironment("ann", token, relay.Port), source, 4 * Leaf);

        string partial = Directory.EnumerateFiles(Path.Combine(server.Data, "partials"), "*", SearchOption.AllDirectories).Single();
        Damage(partial, Leaf + 12345);
        CommandResult result = (await Command.RunAsync(["put", source, "/x", "--json"], server.TokenEnvironment("ann", token))).Expect(0);

        using JsonDocument said = JsonDocument.Parse(result.Text);
        long resumedAt = said.RootElement.GetProperty("resumed_at").GetInt64();
        Assert.InRange(resumedAt, 3 * Leaf, 4 * Leaf);
        Assert.Equal((5L * Leaf) - resumedAt + Leaf, said.RootElement.GetProperty("sent").GetInt64());
        Assert.Equal(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(Path.Combine(server.HomeOf("ann"), "x"), TestContext.Current.CancellationToken));
    }

    private static async Task PutUntilCutAsync(CuttingRelay relay, Dictionary<string, string?> environment, string source, long bytes)
    {
        TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        relay.Rate = 64 << 20;
        Command? client = null;
        relay.After(Way.Up, bytes, () =>
        {
            client!.Kill9();
            relay.Cut();
            cut.SetResult();
        });
        using (client = Command.Start(["put", source, "/x"], environment))
        {
            await cut.Task.WaitAsync(Command.Limit);
            await client.WaitAsync();
        }
    }

    private static void Damage(string file, long at)
    {
        using FileStream stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = at;
        int was = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(was ^ 0x40));
    }
}
