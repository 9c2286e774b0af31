using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>What other programs left in a home, and what a client tries to make there.</summary>
public sealed partial class HostileHomeTests : IAsyncLifetime
{
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit;

    /// <summary>No file here is large: what takes longer waits for something that will not come.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private FtpSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await FtpSite.StartAsync();

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_line_end_in_a_name_forges_no_line_of_a_listing()
    {
        const string Forged = "x\r\n-rw-r--r--   1 owner    group  5 Nov 21 01:10 forged\r\ntype=file;size=5; forged";
        await _site.PlaceAsync("real", [1]);
        await _site.PlaceAsync(Forged, [1]);
        await _site.PlaceAsync("y\n200 forged", [1]);
        Directory.CreateDirectory(_site.Stored("folder\r\nforged"));
        await _site.GiveHomeBackAsync();

        await using FtpWire wire = await _site.LoginAsync();
        foreach (string command in (string[])["LIST", "NLST", "MLSD", "LIST *", "NLST x*", "LIST -la"])
        {
            string[] lines = (await wire.ListAsync(command)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines, line => Assert.DoesNotContain('\n', line));
            Assert.All(lines, line => Assert.False(line.EndsWith(" forged", StringComparison.Ordinal) && !line.Contains('?', StringComparison.Ordinal), line));
            Assert.Equal(command == "NLST x*" ? 1 : 4, lines.Count(line => !line.EndsWith(" .", StringComparison.Ordinal) && !line.EndsWith(" ..", StringComparison.Ordinal)
                && !line.Contains("type=cdir", StringComparison.Ordinal) && !line.Contains("type=pdir", StringComparison.Ordinal)));
        }

        FtpReply status = (await wire.AskAsync("STAT /")).Expect(211, 212, 213);
        Assert.DoesNotContain(status.Lines, line => Encoding.UTF8.GetString(line).StartsWith("200 forged", StringComparison.Ordinal));
        (await wire.AskAsync("PWD")).Expect(257);
    }

    [Fact]
    public async Task A_quote_in_a_folders_name_is_doubled()
    {
        await using FtpWire wire = await _site.LoginAsync();
        Assert.Contains("\"/a\"\"b\"", (await wire.AskAsync("MKD a\"b")).Expect(257).Text, StringComparison.Ordinal);
        (await wire.AskAsync("CWD a\"b")).Expect(250);
        Assert.Contains("\"/a\"\"b\"", (await wire.AskAsync("PWD")).Expect(257).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("link to a fifo")]
    [InlineData("link to itself")]
    public async Task A_pipe_a_socket_or_a_device_in_a_home_blocks_nobody(string kind)
    {
        Directory.CreateDirectory(_site.Home);
        using Socket? made = await MakeAsync(kind, _site.Stored("odd"));
        await _site.GiveHomeBackAsync();
        await using FtpWire wire = await _site.LoginAsync(), other = await _site.LoginAsync();

        foreach (string command in (string[])["RETR odd", "REST 1", "RETR odd"])
        {
            await DataAsync(wire, command, new byte[10]).WaitAsync(Soon);
        }

        foreach (string command in (string[])["SIZE odd", "MDTM odd", "MLST odd", "HASH odd", "XMD5 odd", "STAT odd", "CWD odd", "MFMT 20200101000000 odd", "SITE CHMOD 600 odd"])
        {
            await wire.AskAsync(command).WaitAsync(Soon);
        }

        Assert.Contains("odd", await wire.ListAsync("NLST").WaitAsync(Soon), StringComparison.Ordinal);
        await wire.ListAsync("LIST").WaitAsync(Soon);
        await wire.ListAsync("MLSD").WaitAsync(Soon);
        await DataAsync(wire, "APPE odd", new byte[10]).WaitAsync(Soon);
        await DataAsync(wire, "STOR odd", new byte[300_000]).WaitAsync(Soon);
        await wire.AskAsync("DELE odd").WaitAsync(Soon);
        (await other.UploadAsync("STOR ordinary", new byte[10]).WaitAsync(Soon)).Expect(226);
        (await wire.AskAsync("NOOP")).Expect(200);
    }

    [Fact]
    public async Task Site_chmod_makes_no_program_run_as_another()
    {
        await using FtpWire wire = await _site.LoginAsync();
        (await wire.UploadAsync("STOR tool", "#!/bin/sh\n"u8.ToArray())).Expect(226);
        (await wire.AskAsync("MKD folder")).Expect(257);
        foreach (string mode in (string[])["4755", "04755", "2755", "1777", "7777", "104755", "u+s", "-1", "9999999999999999999999"])
        {
            await wire.AskAsync($"SITE CHMOD {mode} tool");
            await wire.AskAsync($"SITE CHMOD {mode} folder");
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_site.Stored("tool")) & Special);
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_site.Stored("folder")) & Special);
        }

        (await wire.AskAsync("SITE CHMOD 0750 tool")).Expect(200);
        Assert.Equal("rwxr-x---", Letters(File.GetUnixFileMode(_site.Stored("tool"))));
    }

    [Fact]
    public async Task Links_that_lead_out_of_the_home_show_and_change_nothing()
    {
        string outside = Outside("outside");
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "secret");
        Directory.CreateDirectory(_site.Home);
        File.CreateSymbolicLink(_site.Stored("file"), Path.Combine(outside, "secret"));
        Directory.CreateSymbolicLink(_site.Stored("folder"), outside);
        Directory.CreateSymbolicLink(_site.Stored("root"), "/");
        await _site.GiveHomeBackAsync();

        await using FtpWire wire = await _site.LoginAsync();
        foreach (string path in (string[])["file", "folder/secret", "root/etc/passwd", "/../../etc/passwd", "../../../../etc/passwd", "folder/../../../etc/passwd", "~root/.profile", "/proc/self/environ"])
        {
            Assert.InRange((await DataAsync(wire, "RETR " + path, [])).Code, 400, 599);
            Assert.InRange((await wire.AskAsync("SIZE " + path)).Code, 400, 599);
            Assert.InRange((await wire.AskAsync("HASH " + path)).Code, 400, 599);
        }

        foreach (string command in (string[])["MKD folder/made", "DELE folder/secret", "RMD folder/secret", "CWD folder", "CWD root", "SITE CHMOD 777 file", "MFMT 20200101000000 folder/secret"])
        {
            Assert.InRange((await wire.AskAsync(command)).Code, 400, 599);
        }

        await DataAsync(wire, "STOR folder/new", new byte[10]);
        await DataAsync(wire, "APPE folder/secret", new byte[10]);
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(outside, "secret")));
        Assert.NotEqual(2020, File.GetLastWriteTimeUtc(Path.Combine(outside, "secret")).Year);
    }

    [Fact]
    public async Task A_folder_swapped_for_a_link_at_any_moment_never_leads_out()
    {
        string outside = Outside("outside");
        await File.WriteAllTextAsync(Path.Combine(outside, "inside"), "secret");
        Directory.CreateDirectory(_site.Stored("dir"));
        await _site.PlaceAsync("dir/inside", "public"u8.ToArray());
        await using FtpWire wire = await _site.LoginAsync();

        using CancellationTokenSource end = new();
        Task<int> swapping = Task.Run(() => Swap(_site.Stored("dir"), outside, end.Token));
        int through = 0;
        for (int round = 0; round < 150; round++)
        {
            (string? content, FtpReply _) = await TryReadAsync(wire, "dir/inside");
            Assert.NotEqual("secret", content);
            through += content is "public" ? 1 : 0;
            await DataAsync(wire, $"STOR dir/new{round % 5}", new byte[round % 2 == 0 ? 100 : 400_000]);
            await wire.AskAsync($"MKD dir/made{round}");
            await wire.AskAsync($"RNFR dir/new{round % 5}");
            await wire.AskAsync("RNTO dir/renamed");
            await wire.AskAsync("DELE dir/renamed");
            await wire.AskAsync("SITE CHMOD 777 dir/inside");
        }

        await end.CancelAsync();
        Assert.True(await swapping > 100 && through > 0, $"{await swapping} swaps, {through} reads came through: the race was not run");
        Assert.Equal(["inside"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(outside, "inside")));
        Assert.NotEqual("rwxrwxrwx", Letters(File.GetUnixFileMode(Path.Combine(outside, "inside"))));
    }

    [Fact]
    public async Task Two_writers_to_one_name_leave_one_whole_file()
    {
        byte[][] versions = [FtpSite.RandomBytes(5_000_000, 1), FtpSite.RandomBytes(5_300_000, 2)];
        for (int round = 0; round < 4; round++)
        {
            await using FtpWire one = await _site.LoginAsync(), two = await _site.LoginAsync();
            FtpReply[] replies = await InterleaveAsync(one, two, versions, round);
            Assert.Contains(replies, reply => reply.Code == 226);
            string digest = FtpSite.DigestOf(_site.Stored("shared"));
            Assert.Contains(digest, versions.Select(FtpSite.Digest));
            Assert.All(replies.Where(reply => reply.Code == 226), reply => Assert.Contains(reply.Sha256, versions.Select(FtpSite.Digest)));
        }
    }

    private static async Task<FtpReply[]> InterleaveAsync(FtpWire one, FtpWire two, byte[][] versions, int round)
    {
        await using FtpData first = await one.OpenAsync("STOR shared"), second = await two.OpenAsync("STOR shared");
        int piece = 10_000 * (1 + (37 * round));
        for (int at = 0; at < versions[1].Length; at += piece)
        {
            await first.WriteAsync(versions[0].AsMemory(Math.Min(at, versions[0].Length), Math.Clamp(versions[0].Length - at, 0, piece)));
            await second.WriteAsync(versions[1].AsMemory(at, Math.Min(piece, versions[1].Length - at)));
        }

        await first.FinishAsync();
        await second.FinishAsync();
        return [await one.ReadAsync(), await two.ReadAsync()];
    }

    /// <summary>A command with a data connection: what is sent into it is taken or not; returns the last reply.</summary>
    private static async Task<FtpReply> DataAsync(FtpWire wire, string command, byte[] bytes)
    {
        if (!command.Contains(' ', StringComparison.Ordinal) || command.StartsWith("REST", StringComparison.Ordinal))
        {
            return await wire.AskAsync(command);
        }

        using Socket socket = await wire.DialDataAsync();
        await wire.SendAsync(command + "\r\n");
        FtpReply reply = await wire.ReadAsync();
        if (reply.Code != 150)
        {
            return reply;
        }

        await using FtpData data = await wire.WrapAsync(socket);
        if (command.StartsWith("RETR", StringComparison.Ordinal))
        {
            await data.ReadAllAsync();
        }
        else
        {
            await data.WriteAsync(bytes);
            data.Cut();
        }

        return await wire.ReadAsync();
    }

    private static async Task<(string? Content, FtpReply Reply)> TryReadAsync(FtpWire wire, string path)
    {
        using Socket socket = await wire.DialDataAsync();
        await wire.SendAsync($"RETR {path}\r\n");
        FtpReply reply = await wire.ReadAsync();
        if (reply.Code != 150)
        {
            return (null, reply);
        }

        await using FtpData data = await wire.WrapAsync(socket);
        return (Encoding.UTF8.GetString(await data.ReadAllAsync()), await wire.ReadAsync());
    }

    /// <summary>Now a folder, now a link to the one outside, as fast as it goes; returns how often.</summary>
    private static int Swap(string folder, string outside, CancellationToken end)
    {
        string real = folder + ".real", link = folder + ".link";
        Directory.CreateSymbolicLink(link, outside);
        int swaps = 0;
        for (; !end.IsCancellationRequested; swaps++)
        {
            // Those of .NET look at what a link leads to.
            Assert.Equal([0, 0, 0, 0], [Rename(folder, real), Rename(link, folder), Rename(folder, link), Rename(real, folder)]);
        }

        return swaps;
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    /// <summary>A folder beside the homes that the server's user may read and write: only the jail keeps it out.</summary>
    private string Outside(string name)
    {
        string folder = Directory.CreateDirectory(_site.Local.At(name)).FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        return folder;
    }

    private async Task<Socket?> MakeAsync(string kind, string path)
    {
        switch (kind)
        {
            case "socket":
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Bind(new UnixDomainSocketEndPoint(path));
                socket.Listen(1);
                return socket;
            case "link to itself":
                File.CreateSymbolicLink(path, "odd");
                return null;
            case "link to a fifo":
                File.CreateSymbolicLink(path, "pipe");
                await RunAsync("/usr/bin/mkfifo", _site.Stored("pipe"));
                return null;
            case "device":
                // /dev/zero never ends; who may not make devices (a container) is told so.
                CommandResult made = await TryRunAsync("/usr/bin/mknod", path, "c", "1", "5");
                Assert.SkipUnless(made.ExitCode == 0, "skipped: devices cannot be made here: " + made.Error);
                return null;
            default:
                await RunAsync("/usr/bin/mkfifo", path);
                return null;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments) => (await TryRunAsync(program, arguments)).Expect(0);

    private static async Task<CommandResult> TryRunAsync(string program, params string[] arguments)
    {
        using Command command = Command.Start(arguments, program: program);
        return await command.WaitAsync();
    }

    private static string Letters(UnixFileMode mode)
        => string.Concat(Enumerable.Range(0, 9).Select(i => ((int)mode & (0x100 >> i)) == 0 ? '-' : "rwx"[i % 3]));
}
