using System.Diagnostics;

namespace Switchboard.EndToEnd;

/// <summary>The launcher in a checkout of its own, with a stand-in for the .NET SDK that "builds" a shell script and counts how often.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string Sdk = """
        #!/bin/sh
        case $1 in --list-*) echo "10.0.100 [${0%/*}/sdk]"; exit 0 ;; esac
        echo build >> "$0.builds"
        [ -e "$0.fails" ] && { echo 'error: it does not compile'; exit 1; }
        while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
        printf '#!/bin/sh\n%s\n' "$(cat "$0.program")" > "$out/switchboard"
        chmod +x "$out/switchboard"
        """;

    private readonly TemporaryFolder _folder = new();

    public LauncherTests()
    {
        Directory.CreateDirectory(_folder.At("sdk"));
        Directory.CreateDirectory(_folder.At("checkout/src"));
        Directory.CreateDirectory(_folder.At("empty"));
        File.WriteAllText(_folder.At("checkout/src/Program.cs"), "");
        File.WriteAllText(_folder.At("checkout/Directory.Build.props"), "");
        File.WriteAllText(_folder.At("checkout/Directory.Packages.props"), "");
        File.Copy(Path.Combine(ProgramFile.Checkout, "switchboard"), Launcher);
        WriteScript(_folder.At("sdk/dotnet"), Sdk);
        BuildsInto("echo one \"$@\"");
    }

    private string Launcher => _folder.At("checkout/switchboard");

    private int Builds => File.Exists(_folder.At("sdk/dotnet.builds")) ? File.ReadAllLines(_folder.At("sdk/dotnet.builds")).Length : 0;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_use_builds_and_the_second_only_runs()
    {
        CommandResult first = (await RunAsync("a b", "c")).Expect(0);
        Assert.Equal("one a b c\n", first.Text);
        Assert.Contains("building", first.Error, StringComparison.Ordinal);

        CommandResult second = (await RunAsync()).Expect(0);
        Assert.Equal("", second.Error);
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task A_hundred_at_once_build_once()
    {
        Command[] all = [.. Enumerable.Range(0, 100).Select(_ => Start(Launcher))];
        await AllSayAsync(all, "one\n");

        Assert.Equal(1, Builds);
    }

    [Theory]
    [InlineData("src/Program.cs")]
    [InlineData("Directory.Packages.props")]
    public async Task A_newer_source_is_built_and_what_runs_keeps_its_own_build(string source)
    {
        BuildsInto("read -r line; echo one");
        using Command running = Start(Launcher, input: null);
        (await RunAsync()).Expect(0);
        string before = (await PathAsync()).Text.Trim();

        BuildsInto("echo two");
        File.SetLastWriteTimeUtc(_folder.At("checkout/" + source), DateTime.UtcNow.AddSeconds(2));
        Assert.Equal("two\n", (await RunAsync()).Expect(0).Text);
        Assert.True(File.Exists(before));
    }

    [Theory]
    [InlineData("web/src/app.tsx", 2)]
    [InlineData("web/package-lock.json", 2)]
    [InlineData("web/dist/index.html", 1)]
    [InlineData("web/node_modules/vite/index.js", 1)]
    public async Task The_page_s_sources_count_and_what_the_build_puts_beside_them_does_not(string file, int builds)
    {
        Directory.CreateDirectory(_folder.At("checkout/web/src"));
        (await RunAsync()).Expect(0);

        string path = _folder.At("checkout/" + file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        foreach (string newer in new[] { path, Path.GetDirectoryName(path)!, _folder.At("checkout/web") })
        {
            Directory.SetLastWriteTimeUtc(newer, DateTime.UtcNow.AddSeconds(2));
        }

        (await RunAsync()).Expect(0);
        Assert.Equal(builds, Builds);
    }

    [Fact]
    public async Task A_removed_source_is_noticed()
    {
        File.WriteAllText(_folder.At("checkout/src/Other.cs"), "");
        (await RunAsync()).Expect(0);
        await Task.Delay(20, TestContext.Current.CancellationToken);
        File.Delete(_folder.At("checkout/src/Other.cs"));
        (await RunAsync()).Expect(0);
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task A_failed_build_says_why_and_is_tried_again()
    {
        File.WriteAllText(_folder.At("sdk/dotnet.fails"), "");
        CommandResult failed = (await RunAsync()).Expect(1);
        Assert.Contains("it does not compile", failed.Error, StringComparison.Ordinal);
        Assert.Equal("", failed.Text);

        File.Delete(_folder.At("sdk/dotnet.fails"));
        (await RunAsync()).Expect(0);
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task It_works_through_symlinks_and_from_anywhere()
    {
        File.CreateSymbolicLink(_folder.At("empty/two"), Launcher);
        File.CreateSymbolicLink(_folder.At("empty/one"), "two");
        using Command linked = Start(_folder.At("empty/one"));
        Assert.Equal("one\n", (await linked.WaitAsync()).Expect(0).Text);

        using Command relative = Command.Start(
            ["-c", "cd \"$1\" && PATH=$PATH:. exec switchboard x", "sh", _folder.At("checkout")], Surroundings(), program: "/bin/sh");
        Assert.Equal("one x\n", (await relative.WaitAsync()).Expect(0).Text);
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task A_kill_reaches_the_program()
    {
        (await RunAsync()).Expect(0);
        BuildsInto("trap 'echo got it; exit 7' TERM; echo $$; while :; do sleep 0.1; done");
        File.SetLastWriteTimeUtc(_folder.At("checkout/src/Program.cs"), DateTime.UtcNow.AddSeconds(2));
        using Process launcher = Process.Start(StartInfo())!;
        string? pid = await launcher.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Equal(launcher.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), pid);

        Signals.Send(launcher, 15);
        Assert.Equal("got it", await launcher.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await launcher.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(7, launcher.ExitCode);
    }

    [Fact]
    public async Task A_machine_without_flock_builds_once_too_and_survives_a_builder_that_was_killed()
    {
        string path = PathWithoutFlock();
        Directory.CreateDirectory(_folder.At("checkout/.build"));
        File.CreateSymbolicLink(_folder.At("checkout/.build/lock.owner"), "999999999");
        Dictionary<string, string?> environment = Surroundings();
        environment["PATH"] = path;
        Command[] all = [.. Enumerable.Range(0, 10).Select(_ => Command.Start([], environment, program: Launcher))];
        await AllSayAsync(all, "one\n");

        Assert.Equal(1, Builds);
    }

    [Theory]
    [InlineData("en_GB.UTF-8", "SDK 10 is needed")]
    [InlineData("zh_CN.UTF-8", "未找到 .NET SDK 10")]
    public async Task Without_the_sdk_it_says_what_to_install(string locale, string sentence)
    {
        if (new[] { "/usr/share/dotnet/dotnet", "/usr/lib/dotnet/dotnet", "/usr/local/share/dotnet/dotnet" }.Any(File.Exists))
        {
            // The launcher would find that one; hide it by pointing the places it looks at elsewhere.
            string text = (await File.ReadAllTextAsync(Launcher, TestContext.Current.CancellationToken))
                .Replace("/usr/share/dotnet/", "/nowhere/", StringComparison.Ordinal)
                .Replace("/usr/lib/dotnet/", "/nowhere/", StringComparison.Ordinal)
                .Replace("/usr/local/share/dotnet/", "/nowhere/", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Launcher, text, TestContext.Current.CancellationToken);
        }

        Dictionary<string, string?> environment = Surroundings();
        environment["DOTNET_ROOT"] = null;
        environment["PATH"] = PathWithoutFlock();
        environment["LC_ALL"] = locale;
        using Command command = Command.Start([], environment, program: Launcher);
        Assert.Contains(sentence, (await command.WaitAsync()).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_built_checkout_runs_when_it_cannot_be_written()
    {
        (await RunAsync()).Expect(0);
        using Command chmod = Command.Start(["-R", "a-w", _folder.At("checkout")], program: "/bin/chmod");
        (await chmod.WaitAsync()).Expect(0);
        Assert.Equal("one\n", (await RunAsync()).Expect(0).Text);
        using Command back = Command.Start(["-R", "u+w", _folder.At("checkout")], program: "/bin/chmod");
        (await back.WaitAsync()).Expect(0);
    }

    /// <summary>None of them outlives the test, whatever happens.</summary>
    private static async Task AllSayAsync(Command[] all, string text)
    {
        try
        {
            foreach (Command one in all)
            {
                Assert.Equal(text, (await one.WaitAsync()).Expect(0).Text);
            }
        }
        finally
        {
            Array.ForEach(all, one => one.Dispose());
        }
    }

    private static void WriteScript(string path, string text)
    {
        File.WriteAllText(path, text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void BuildsInto(string script) => File.WriteAllText(_folder.At("sdk/dotnet.program"), script);

    private Dictionary<string, string?> Surroundings() => new()
    {
        ["DOTNET_ROOT"] = _folder.At("sdk"),
        ["HOME"] = _folder.At("empty"),
        ["LC_ALL"] = "C.UTF-8",
    };

    private Command Start(string launcher, params string[] arguments) => Command.Start(arguments, Surroundings(), program: launcher);

    private Command Start(string launcher, byte[]? input) => Command.Start([], Surroundings(), input, launcher);

    private Task<CommandResult> RunAsync(params string[] arguments) => Start(Launcher, arguments).WaitAsync();

    private Task<CommandResult> PathAsync()
    {
        Dictionary<string, string?> environment = Surroundings();
        environment["SWITCHBOARD_LAUNCHER"] = "path";
        return Command.Start([], environment, program: Launcher).WaitAsync();
    }

    private ProcessStartInfo StartInfo()
    {
        ProcessStartInfo start = new(Launcher) { RedirectStandardOutput = true };
        foreach ((string name, string? value) in Surroundings())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>A PATH with what the launcher needs, and neither flock nor dotnet.</summary>
    private string PathWithoutFlock()
    {
        string bin = Directory.CreateDirectory(_folder.At("bin")).FullName;
        foreach (string name in new[] { "sh", "cat", "chmod", "cp", "date", "find", "grep", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "sed", "sleep", "tail" })
        {
            File.CreateSymbolicLink(Path.Combine(bin, name), File.Exists("/usr/bin/" + name) ? "/usr/bin/" + name : "/bin/" + name);
        }

        return bin;
    }
}
