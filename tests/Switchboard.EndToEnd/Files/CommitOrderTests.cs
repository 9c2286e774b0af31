using System.Text.RegularExpressions;

namespace Switchboard.EndToEnd.Files;

/// <summary>Reads with strace in which order the server makes an upload last: data to disk, rename, folder to disk, answer.</summary>
public sealed partial class CommitOrderTests
{
    private const string Calls = "trace=fsync,fdatasync,syncfs,sync_file_range,rename,renameat,renameat2,linkat,sendto,sendmsg,sendmmsg,write,writev,pwrite64";

    [Theory]
    [InlineData(2_000_000)]
    [InlineData(20_000)]
    public async Task An_upload_is_on_disk_before_it_has_its_name_and_has_its_name_before_it_is_acknowledged(int size)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using TemporaryFolder folder = new();
        await server.AddAccountAsync("ann", "correct horse");
        string token = await server.AddTokenAsync("ann");
        string log = folder.At("strace");
        using Command strace = StartStrace(server.Pid, log);
        await AttachedAsync(strace, log);

        (await Command.RunAsync(["put", folder.RandomFile("in", size, 1), "/commit.bin"], server.TokenEnvironment("ann", token))).Expect(0);
        await server.StopAsync();
        await strace.WaitAsync();
        CheckOrder([.. (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Where(line => !line.Contains("<unfinished", StringComparison.Ordinal))]);
    }

    [Fact]
    public async Task Where_the_operator_wants_no_waiting_nothing_of_a_home_is_synced()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.At("conf"), "durable = no\n", TestContext.Current.CancellationToken);
        await using ServerProcess server = await ServerProcess.StartAsync("--config", folder.At("conf"));
        await server.AddAccountAsync("ann", "correct horse");
        string token = await server.AddTokenAsync("ann");
        string log = folder.At("strace");
        using Command strace = StartStrace(server.Pid, log);
        await AttachedAsync(strace, log);

        (await Command.RunAsync(["put", folder.RandomFile("in", 20_000, 1), "/commit.bin"], server.TokenEnvironment("ann", token))).Expect(0);
        (await Command.RunAsync(["put", folder.RandomFile("more", 2_000_000, 2), "/more.bin"], server.TokenEnvironment("ann", token))).Expect(0);
        await server.StopAsync();
        await strace.WaitAsync();

        string[] calls = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        Assert.Contains(calls, line => Named().IsMatch(line));
        Assert.DoesNotContain(calls, line => DataSync().IsMatch(line) || FolderSync().IsMatch(line));
    }

    private static void CheckOrder(string[] calls)
    {
        int rename = Array.FindIndex(calls, line => Named().IsMatch(line));
        Assert.True(rename >= 0, "no rename to commit.bin\n" + string.Join('\n', calls));
        int dataSync = Array.FindLastIndex(calls, rename, line => DataSync().IsMatch(line));
        int folderSync = Array.FindIndex(calls, rename, line => FolderSync().IsMatch(line));
        int lastSendBefore = Array.FindIndex(calls, rename, line => Send().IsMatch(line));
        string seen = string.Join('\n', calls.Skip(Math.Max(0, rename - 25)).Take(60));
        Assert.True(dataSync >= 0, "the data was not synced before the rename\n" + seen);
        Assert.True(folderSync > rename, "the folder was not synced after the rename\n" + seen);
        Assert.True(lastSendBefore > folderSync, "something was sent before the folder was synced\n" + seen);
        Assert.DoesNotContain(calls[dataSync..rename], line => Send().IsMatch(line));
    }

    private static Command StartStrace(int pid, string log)
    {
        string? strace = new[] { "/usr/bin/strace", "/usr/local/bin/strace" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(strace is not null, "skipped: strace is not installed");
        return Command.Start(["-f", "-y", "-s", "64", "-e", Calls, "-o", log, "-p", pid.ToString(System.Globalization.CultureInfo.InvariantCulture)], program: strace);
    }

    /// <summary>strace creates its output before it attaches; a line in it, or its refusal, ends the wait.</summary>
    private static async Task AttachedAsync(Command strace, string log)
    {
        using PeriodicTimer ask = new(TimeSpan.FromMilliseconds(50));
        for (int tries = 0; tries < 200 && await ask.WaitForNextTickAsync(TestContext.Current.CancellationToken); tries++)
        {
            Assert.SkipWhen(strace.HasExited, "skipped: strace may not attach here (ptrace is forbidden)");
            if (strace.ErrorSoFar.Contains("attached", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail("strace did not attach to the server; its output: " + log);
    }

    [GeneratedRegex(@"(rename\w*|linkat)\(.*""commit\.bin"".* = 0")]
    private static partial Regex Named();

    [GeneratedRegex(@"(fsync|fdatasync)\(\d+<[^>]*/partials/|syncfs\(| (fsync|fdatasync)\(\d+<[^>]*(#|deleted)")]
    private static partial Regex DataSync();

    [GeneratedRegex(@"(fsync|fdatasync)\(\d+<[^>]*/homes/ann/?>|syncfs\(")]
    private static partial Regex FolderSync();

    [GeneratedRegex(@"(send\w+|write|writev)\(\d+<(TCP|socket)")]
    private static partial Regex Send();
}
