using System.Diagnostics;
using System.Globalization;

namespace Switchboard.EndToEnd.Commands;

/// <summary>A real terminal of 80 by 24 that the test types into and reads the screen of.</summary>
public sealed class Tmux : IAsyncDisposable
{
    private readonly string _socket = $"switchboard-test-{Guid.NewGuid():N}";

    private Tmux()
    {
    }

    /// <param name="environment">Of the shell in it.</param>
    /// <param name="folder">Where that shell stands.</param>
    public static async Task<Tmux> StartAsync(IReadOnlyDictionary<string, string?> environment, string folder)
    {
        Assert.SkipUnless(Programs.Has("tmux"), "skipped: tmux is not installed");
        Tmux tmux = new();
        string[] variables = [.. environment.Where(pair => pair.Value is not null).SelectMany(pair => new[] { "-e", $"{pair.Key}={pair.Value}" })];
        await tmux.RunAsync(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", folder, .. variables, "-e", "PS1=$ ", "-e", "LC_ALL=C.UTF-8", "bash", "--norc", "--noprofile"]);
        await tmux.UntilAsync(screen => screen.TrimEnd() == "$", "the shell's prompt");
        return tmux;
    }

    /// <summary>Types a line and Enter.</summary>
    public Task TypeAsync(string line) => RunAsync(["send-keys", "-l", line, ";", "send-keys", "Enter"]);

    /// <summary>Presses keys by tmux's names: <c>C-c</c>, <c>Escape</c>, <c>Enter</c>; other words are typed as they are.</summary>
    public Task PressAsync(params string[] keys) => RunAsync(["send-keys", .. keys]);

    public Task ResizeAsync(int columns, int rows) =>
        RunAsync(["resize-window", "-x", columns.ToString(CultureInfo.InvariantCulture), "-y", rows.ToString(CultureInfo.InvariantCulture)]);

    public Task<string> ScreenAsync() => RunAsync(["capture-pane", "-p"]);

    /// <summary>The screen and all that scrolled out of it.</summary>
    public Task<string> HistoryAsync() => RunAsync(["capture-pane", "-p", "-S", "-"]);

    /// <summary>The screen with its colours.</summary>
    public Task<string> ColoursAsync() => RunAsync(["capture-pane", "-p", "-e"]);

    /// <summary>Waits until the screen is as wanted; fails with what it shows after 30 seconds.</summary>
    public Task<string> UntilAsync(Func<string, bool> wanted, string what) => UntilAsync(ScreenAsync, wanted, what);

    /// <summary>The same, of the screen and all that scrolled out of it.</summary>
    public Task<string> UntilHistoryAsync(Func<string, bool> wanted, string what) => UntilAsync(HistoryAsync, wanted, what);

    private static async Task<string> UntilAsync(Func<Task<string>> look, Func<string, bool> wanted, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            string screen = await look();
            if (wanted(screen))
            {
                return screen;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"never saw {what}; the screen:\n{screen}");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync(["kill-server"]);

    private async Task<string> RunAsync(string[] arguments)
    {
        using Command tmux = Command.Start(["-L", _socket, .. arguments], program: "tmux");
        return (await tmux.WaitAsync()).Text;
    }
}
