using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Audit;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Bench;

/// <summary>What one client that waits for each answer gets from the services, without any line in between. On tmpfs, so that the disk is not measured.</summary>
internal static class QuickServices
{
    private const int Rounds = 7;
    private const string Password = "correct horse battery staple";

    public static async Task RunAsync()
    {
        Console.WriteLine($"µs per call, one after the other, median of {Rounds} rounds (per second in brackets; CPU µs of the whole process)");
        await OnAsync(durable: false, async core =>
        {
            await ReportAsync("put 4 KiB, not durable", 4000, Puts(core));
            await ReportAsync("put 4 KiB, not durable, without digest", 4000, Puts(core, withoutDigest: true));
            await ReportAsync("upload 4 KiB by path, not durable", 1000, Uploads(core));
            await ReportAsync("get 4 KiB", 4000, Gets(core));
            await ReportAsync("status", 4000, Statuses(core));
            await ReportAsync("CRC-32 of 64 MiB (µs per MiB)", 64, await DigestsAsync(core, DigestKind.Crc32));
            await ReportAsync("MD5 of 64 MiB (µs per MiB)", 64, await DigestsAsync(core, DigestKind.Md5));
        });
        await OnAsync(durable: true, async core =>
        {
            await ReportAsync("put 4 KiB, durable", 1000, Puts(core));
            await ReportAsync("upload 4 KiB by path, durable", 500, Uploads(core));
            await ReportAsync("login with a known password", 2000, Logins(core));
        });
    }

    private static Func<int, Task> Puts(Core core, bool withoutDigest = false)
    {
        var content = new ReadOnlySequence<byte>(RandomNumberGenerator.GetBytes(4096));
        var folder = 0;
        return async count =>
        {
            folder++;
            await core.Files.MakeFolderAsync(core.Caller, $"{(withoutDigest ? "n" : "d")}{folder}", false, null, null);
            for (var i = 0; i < count; i++)
                await core.Files.PutAsync(core.Caller, new PutPlan { Path = $"{(withoutDigest ? "n" : "d")}{folder}/{i}", WithoutDigest = withoutDigest }, content);
        };
    }

    private static Func<int, Task> Uploads(Core core)
    {
        var content = new ReadOnlySequence<byte>(RandomNumberGenerator.GetBytes(4096));
        var folder = 0;
        return async count =>
        {
            folder++;
            await core.Files.MakeFolderAsync(core.Caller, $"u{folder}", false, null, null);
            for (var i = 0; i < count; i++)
            {
                var plan = new UploadPlan { Path = $"u{folder}/{i}", ByPath = new ByPath(0), Device = "ftp" };
                await using var upload = await core.Files.BeginUploadAsync(core.Caller, plan, default);
                await upload.WriteAsync(0, content);
                await upload.CommitAsync(content.Length, null);
            }
        };
    }

    private static Func<int, Task> Gets(Core core)
    {
        var buffer = new byte[8192];
        return async count =>
        {
            for (var i = 0; i < count; i++)
            {
                using var download = await core.Files.OpenReadAsync(core.Caller, $"d1/{i}", 0, null);
                download.Read(buffer);
                download.FinishDigest();
            }
        };
    }

    private static Func<int, Task> Statuses(Core core) => count =>
    {
        for (var i = 0; i < count; i++)
            core.Files.Stat(core.Caller, $"d1/{i}");
        return Task.CompletedTask;
    };

    private static async Task<Func<int, Task>> DigestsAsync(Core core, DigestKind kind)
    {
        var content = new ReadOnlySequence<byte>(RandomNumberGenerator.GetBytes(64 << 20));
        await using (var upload = await core.Files.BeginUploadAsync(core.Caller, new UploadPlan { Path = "large", ByPath = new ByPath(0) }, default))
        {
            await upload.WriteAsync(0, content);
            await upload.CommitAsync(content.Length, null);
        }

        return async _ => await core.Files.DigestAsync(core.Caller, "large", kind, 0, null, default);
    }

    private static Func<int, Task> Logins(Core core)
    {
        var origin = new LoginOrigin("192.0.2.1", null, false, null);
        return async count =>
        {
            for (var i = 0; i < count; i++)
            {
                var caller = await core.Accounts.LoginWithPasswordAsync("bench", Password, origin, default);
                using var session = await core.Accounts.Sessions.EnterAsync(caller, false, null, _ => { }, default);
            }
        };
    }

    private static async Task OnAsync(bool durable, Func<Core, Task> act)
    {
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "switchboard-bench-" + RandomNumberGenerator.GetHexString(8));
        Directory.CreateDirectory(folder);
        await using (var database = Database.Open(Path.Combine(folder, "switchboard.db"), durable))
        {
            var table = new AuditTable(new AuditLimits());
            var store = new SqliteAccountStore(database, table);
            await using var audit = new AuditLog(store, TimeProvider.System);
            using var accounts = new Accounts(store, audit, TimeProvider.System);
            var options = new FilesOptions { Homes = Path.Combine(folder, "homes"), Partials = Path.Combine(folder, "partials"), Durable = durable };
            await using var files = await Files.StartAsync(options, database, table);
            await accounts.AddAsync(accounts.Operator(), "bench", Scram.CreateVerifier(Password, Scram.PasswordIterations), null, null);
            var caller = await accounts.LoginWithPasswordAsync("bench", Password, new LoginOrigin("192.0.2.1", null, false, null), default);
            await act(new Core(accounts, files, caller));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task ReportAsync(string what, int count, Func<int, Task> act)
    {
        // The first rounds warm the code up, past tiered compilation.
        var rounds = new List<(double Clock, double Cpu)>();
        for (var round = -5; round < Rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.GetTimestamp();
            await act(count);
            if (round >= 0)
                rounds.Add((Stopwatch.GetElapsedTime(clock).TotalMicroseconds / count, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / count));
        }

        var median = rounds.Select(round => round.Clock).Order().ElementAt(Rounds / 2);
        Console.WriteLine($"| {what} | {median:F0} | {1e6 / median:F0}/s | {rounds.Select(round => round.Cpu).Order().ElementAt(Rounds / 2):F0} |");
    }

    private sealed record Core(Accounts Accounts, Files Files, Caller Caller);
}
