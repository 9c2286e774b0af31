using System.Diagnostics;
using System.Globalization;

namespace Switchboard.EndToEnd.Commands;

/// <summary>Tries, from inside a job, everything it must not be able to do.</summary>
public sealed class ConfinementTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private CommandSite _site = null!;

    public async ValueTask InitializeAsync()
    {
        _site = await CommandSite.StartAsync();
        await _site.AddAsync("bob", "files,run");
        string secret = _folder.At("secret.txt");
        File.WriteAllText(secret, "bob's secret");
        (await Command.RunAsync(["put", secret, "/secret.txt"], _site.Environment("bob"))).Expect(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_of_the_server_s_can_be_read()
    {
        string data = _site.Server.Data;
        string[] forbidden = [$"{data}/homes/bob/secret.txt", $"{data}/switchboard.db", $"{data}/tls/key.pem", $"{data}/run/switchboard.sock", $"{data}/jobs", data, "/root", "/var/lib", "/run"];
        foreach (string path in forbidden)
        {
            CommandResult tried = await _site.RunAsync("sh", "-c", $"cat '{path}' || ls '{path}'");
            Assert.True(tried.ExitCode != 0 && tried.Output.Length == 0, $"{path} can be read: {tried.Text}");
        }
    }

    [Fact]
    public async Task Links_out_of_the_home_lead_nowhere()
    {
        string data = _site.Server.Data;
        CommandResult tried = await _site.RunAsync("sh", "-c", $"ln -s {data}/homes/bob/secret.txt here; ln -s / root; cat here; cat root{data}/switchboard.db; cat ../bob/secret.txt /home/bob/secret.txt");
        Assert.Equal("", tried.Text);
        // Nor do the links it left help another door.
        (await _site.TypeAsync("get", "here", "-")).Expect(4);
    }

    [Fact]
    public async Task No_process_but_its_own_is_seen_signalled_or_traced()
    {
        string bobs = (await Command.RunAsync(["run", "--detach", "--env", "SECRET=of-bob", "--", "sleep", "60"], _site.Environment("bob"))).Expect(0).Text.Trim();
        int server = _site.Server.Pid;
        CommandResult tried = await _site.RunAsync("sh", "-c",
            $"kill -0 {server}; kill -9 {server}; cat /proc/{server}/environ; grep -al of-bob /proc/[0-9]*/environ; ls /proc/1/root/ /proc/1/cwd/ >/dev/null && ls /proc/1/root{_site.Server.Data}; ps -e -o comm= | sort -u | tr '\\n' ' '");
        Assert.DoesNotContain("of-bob", tried.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("switchboard", tried.Text, StringComparison.Ordinal);
        Assert.True(_site.Server.Runs);
        string[] seen = tried.Text.Trim().Split(' ');
        Assert.All(seen, name => Assert.Contains(name, new[] { "bwrap", "sh", "ps", "sort", "tr" }));
        (await Command.RunAsync(["kill", bobs, "--signal", "KILL"], _site.Environment("bob"))).Expect(0);
    }

    [Fact]
    public async Task System_calls_into_the_kernel_s_back_rooms_are_refused()
    {
        Assert.SkipUnless(Programs.Has("gcc"), "skipped: gcc is not installed");
        string source = _folder.At("tries.c"), program = _folder.At("tries");
        File.WriteAllText(source, Tries);
        using Command compiler = Command.Start(["-static", "-o", program, source], program: "gcc");
        (await compiler.WaitAsync()).Expect(0);
        (await _site.TypeAsync("put", program, "/tries", "--preserve")).Expect(0);
        CommandResult tried = await _site.RunAsync("./tries", _site.Server.Pid.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("", tried.Expect(0).Text);
    }

    [Fact]
    public async Task The_system_is_there_to_read_and_not_to_write()
    {
        CommandResult tried = await _site.RunAsync("sh", "-c", "for d in / /usr /usr/bin /etc /dev /home /var /opt; do touch $d/x 2>/dev/null && echo $d; done; touch /tmp/x /dev/shm/x x || echo tmp");
        Assert.Equal("", tried.Text);
    }

    [Fact]
    public async Task No_program_gives_it_other_rights()
    {
        CommandResult tried = await _site.RunAsync("sh", "-c", "id -u; grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t\\n' ' '; su -c id root </dev/null; mount -t tmpfs x /tmp && echo mounted");
        string[] lines = tried.Text.Split('\n');
        Assert.NotEqual("0", lines[0]);
        Assert.Contains("CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("mounted", tried.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("uid=0", tried.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_no_network_until_it_is_granted()
    {
        string connect = string.Create(CultureInfo.InvariantCulture, $"exec 3<>/dev/tcp/127.0.0.1/{_site.Server.Port} && echo reached");
        Assert.Equal("", (await _site.RunAsync("bash", "-c", connect)).Text);
        await _site.Server.SetAccountAsync("ann", "--run-network", "yes");
        Assert.Equal("reached\n", (await _site.RunAsync("bash", "-c", connect)).Expect(0).Text);
        await _site.Server.SetAccountAsync("ann", "--run-network", "no");
        Assert.Equal("", (await _site.RunAsync("bash", "-c", connect)).Text);
    }

    [Fact]
    public async Task Paths_are_shown_as_granted()
    {
        string shared = _folder.At("shared");
        Directory.CreateDirectory(shared);
        File.WriteAllText(Path.Combine(shared, "file"), "shared\n");
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(shared, (UnixFileMode)0b111_111_111);
        string line = $"cat {shared}/file && touch {shared}/new && echo written";
        Assert.Equal("", (await _site.RunAsync("sh", "-c", line)).Text);
        await _site.Server.SetAccountAsync("ann", "--run-paths", shared);
        Assert.Equal("shared\n", (await _site.RunAsync("sh", "-c", line)).Text);
        await _site.Server.SetAccountAsync("ann", "--run-paths", shared + ":rw");
        Assert.Equal("shared\nwritten\n", (await _site.RunAsync("sh", "-c", line)).Text);
        // Not even an administrator's slip opens the server's own folder.
        await _site.Server.SetAccountAsync("ann", "--run-paths", $"{_site.Server.Data},{Path.GetDirectoryName(_site.Server.Data)}");
        Assert.Equal("", (await _site.RunAsync("sh", "-c", $"ls {_site.Server.Data}; cat {_site.Server.Data}/switchboard.db")).Text);
    }

    [Fact]
    public async Task A_list_of_programs_lets_no_other_begin()
    {
        await _site.Server.SetAccountAsync("ann", "--run-programs", "echo,id");
        Assert.Equal("hi\n", (await _site.RunAsync("echo", "hi")).Expect(0).Text);
        (await _site.RunAsync("sh", "-c", "echo hi")).Expect(255);
        (await _site.RunAsync("/bin/echo", "hi")).Expect(255);
        (await _site.TypeAsync("run", "--shell", "--", "echo hi")).Expect(255);
        (await _site.TypeAsync("run", "--env", "LD_PRELOAD=./x.so", "--", "echo", "hi")).Expect(255);
        await _site.Server.SetAccountAsync("ann", "--run-programs", "any");
        (await _site.RunAsync("sh", "-c", "echo hi")).Expect(0);
    }

    [Fact]
    public async Task Temporary_folders_have_a_bound()
    {
        CommandResult tried = await _site.RunAsync("sh", "-c", "head -c 300M /dev/zero >/tmp/big; head -c 300M /dev/zero >/dev/shm/big; stat -c %s /tmp/big /dev/shm/big");
        Assert.Equal("268435456\n268435456\n", tried.Text);
    }

    /// <summary>Tries calls that have to fail, and names those that do not.</summary>
    private const string Tries =
        """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <sched.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/ioctl.h>
        #include <sys/mount.h>
        #include <sys/ptrace.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <unistd.h>
        static void must_fail(const char *name, long result) { if (result >= 0) printf("%s worked\n", name); }
        int main(int argc, char **argv) {
            int server = atoi(argv[1]);
            char buffer[16] = {0}, c = 'x';
            struct iovec mine = {buffer, 16}, theirs = {(void *)0x400000, 16};
            must_fail("ptrace", ptrace(PTRACE_ATTACH, server, 0, 0));
            must_fail("process_vm_readv", process_vm_readv(1, &mine, 1, &theirs, 1, 0));
            must_fail("keyctl", syscall(SYS_keyctl, 0, -3, 1));
            must_fail("bpf", syscall(SYS_bpf, 0, buffer, 16));
            must_fail("perf_event_open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
            must_fail("io_uring_setup", syscall(SYS_io_uring_setup, 4, buffer));
            must_fail("unshare", unshare(CLONE_NEWUSER));
            must_fail("unshare mounts", unshare(CLONE_NEWNS));
            must_fail("mount", mount("none", "/tmp", "tmpfs", 0, ""));
            must_fail("chroot", chroot("/tmp"));
            must_fail("TIOCSTI", ioctl(0, TIOCSTI, &c));
            if (errno != EPERM) printf("TIOCSTI: errno %d\n", errno);
            must_fail("clone into a user namespace", syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));
            must_fail("setuid", setuid(0));
            return 0;
        }
        """;
}
