using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Switchboard.EndToEnd;

/// <summary>
/// A real <c>switchboard serve</c> with a data directory of its own, on a free port of 127.0.0.1. It can be stopped, killed, and started again
/// on the same port and data. A client is run against it with <see cref="ClientAsync"/>.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _more;
    private readonly StringBuilder _log = new();
    private Process? _process;
    private Task _collecting = Task.CompletedTask;

    private ServerProcess(string[] more)
    {
        _more = more;
        // Started by root the server becomes another user, who must be able to come by.
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>The server's data directory.</summary>
    public string Data => _folder.At("data");
    /// <summary>The port of the native door; 0 before the first start.</summary>
    public int Port { get; private set; }
    /// <summary><c>127.0.0.1:PORT</c></summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");
    public string UnixPath { get; private set; } = "";
    /// <summary>Where FTP is spoken; null without <c>--ftp</c>.</summary>
    public IPEndPoint? Ftp { get; private set; }
    /// <summary>Where FTP is spoken under TLS from the first byte; null without <c>--ftps</c>.</summary>
    public IPEndPoint? Ftps { get; private set; }

    /// <summary>Where datagrams are taken; null when that is off.</summary>
    public IPEndPoint? Udp { get; private set; }
    /// <summary><c>SHA256:…</c>, as clients pin it.</summary>
    public string Fingerprint { get; private set; } = "";
    public int Pid => _process?.Id ?? throw new InvalidOperationException("The server does not run.");
    public bool Runs => _process is { HasExited: false };

    /// <summary>What the last start wrote to standard output before it was ready.</summary>
    public string Announcement { get; private set; } = "";

    /// <summary>What all starts of the server wrote to standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts a server and waits until it says that it is ready.</summary>
    /// <param name="more">Further arguments of <c>serve</c>.</param>
    public static async Task<ServerProcess> StartAsync(params string[] more)
    {
        ServerProcess server = new(more);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server, the second time on the port and the data of the first.</summary>
    public async Task StartAgainAsync()
    {
        if (Runs)
        {
            throw new InvalidOperationException("The server runs already.");
        }

        _process?.Dispose();
        _process = Process.Start(StartInfo())!;
        _collecting = CollectLogAsync(_process.StandardError);
        Task<string?> ready = ReadyLineAsync(_process.StandardOutput);
        if (await Task.WhenAny(ready, Task.Delay(ReadyLimit)) != ready || await ready is not { } line)
        {
            throw new InvalidOperationException($"The server did not become ready. Its log:\n{Log}");
        }

        ReadAddresses(line);
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>SIGTERM, and waits for the end; returns the exit code.</summary>
    public Task<int> StopAsync() => EndAsync(15);

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public Task<int> Kill9Async() => EndAsync(9);

    /// <summary>kill -9 without waiting, for use in the middle of something.</summary>
    public void SendKill9() => Signals.Send(_process!, 9);

    /// <summary>SIGHUP: reread configuration and certificate.</summary>
    public void Reload() => Signals.Send(_process!, 1);

    /// <summary>Adds an account through the command line, as the person who runs the server does.</summary>
    public async Task AddAccountAsync(string name, string password, string? quota = null, string? allow = null)
    {
        List<string> arguments = ["account", "add", name, "--password-stdin", "--data", Data];
        arguments.AddRange(quota is null ? [] : ["--quota", quota]);
        arguments.AddRange(allow is null ? [] : ["--allow", allow]);
        (await Command.RunAsync(arguments, Surroundings(), password + "\n")).Expect(0);
    }

    /// <summary>Changes an account through the command line.</summary>
    public async Task SetAccountAsync(string name, params string[] changes)
        => (await Command.RunAsync(["account", "set", name, .. changes, "--data", Data], Surroundings())).Expect(0);

    /// <summary>Makes a device token: clients log in with it at once, without the cost of a password.</summary>
    public async Task<string> AddTokenAsync(string name)
        => (await Command.RunAsync(["token", "add", name, "--data", Data], Surroundings())).Expect(0).Text.Trim();

    /// <summary>The environment of a client that logs in with a token.</summary>
    public Dictionary<string, string?> TokenEnvironment(string account, string token, int? port = null)
    {
        Dictionary<string, string?> environment = ClientEnvironment(account, "", port);
        environment.Remove("SWITCHBOARD_PASSWORD");
        environment["SWITCHBOARD_TOKEN"] = token;
        return environment;
    }

    /// <summary>Where the files of an account lie on the server's disk.</summary>
    public string HomeOf(string account) => Path.Combine(Data, "homes", account);

    /// <summary>Runs a client command as <paramref name="account"/> to its end.</summary>
    public Task<CommandResult> ClientAsync(string account, string password, params string[] arguments)
        => Command.RunAsync(arguments, ClientEnvironment(account, password));

    /// <summary>The environment that lets a client command log in as <paramref name="account"/>, at another port when a relay stands between.</summary>
    public Dictionary<string, string?> ClientEnvironment(string account, string password, int? port = null)
    {
        Dictionary<string, string?> environment = Surroundings();
        environment["SWITCHBOARD_SERVER"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port ?? Port}");
        environment["SWITCHBOARD_USER"] = account;
        environment["SWITCHBOARD_PASSWORD"] = password;
        environment["SWITCHBOARD_FINGERPRINT"] = Fingerprint;
        return environment;
    }

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            await Kill9Async();
        }

        EndJobs();
        _process?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Jobs outlive the server, but not the test: whatever still has one of its pipes open ends here.</summary>
    private void EndJobs()
    {
        foreach (int process in JobProcesses())
        {
            Signals.Send(process, 9);
        }
    }

    /// <summary>Processes that have a pipe of one of this server's jobs open, or of the one named.</summary>
    public IReadOnlyList<int> JobProcesses(string job = "")
    {
        string jobs = Path.Combine(Data, "jobs", job);
        return [.. Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[^1]) && HasOpen(folder, jobs))
            .Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Where(process => !Runs || process != Pid)];
    }

    private static bool HasOpen(string process, string folder)
    {
        try
        {
            return Directory.EnumerateFiles(process + "/fd").Any(link => File.ResolveLinkTarget(link, false)?.FullName.StartsWith(folder, StringComparison.Ordinal) == true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while it was looked at, or is somebody else's.
            return false;
        }
    }

    /// <summary>A home and a configuration directory of their own, so that nothing of the person running the tests is read or written.</summary>
    private Dictionary<string, string?> Surroundings() => new()
    {
        ["HOME"] = _folder.Path,
        ["XDG_CONFIG_HOME"] = _folder.At("config"),
        ["XDG_DATA_HOME"] = _folder.At("share"),
    };

    private ProcessStartInfo StartInfo()
    {
        ProcessStartInfo start = new(ProgramFile.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["serve", "--data", Data, "--listen", Address, .. FtpArguments(), .. UdpArguments(), .. _more.Select(Again)];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Command.SetEnvironment(start, Surroundings());
        return start;
    }

    private string[] FtpArguments() => _more.Contains("--ftp") ? [] : ["--ftp", "off"];

    private string[] UdpArguments() => _more.Contains("--udp") ? [] : ["--udp", "off"];

    /// <summary>At the second start a door listens where it did at the first.</summary>
    private string Again(string argument, int index) => (index == 0 ? "" : _more[index - 1]) switch
    {
        "--ftp" => Ftp?.ToString() ?? argument,
        "--ftps" => Ftps?.ToString() ?? argument,
        "--udp" => Udp?.ToString() ?? argument,
        _ => argument,
    };

    private async Task<string?> ReadyLineAsync(StreamReader output)
    {
        StringBuilder before = new();
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                Announcement = before.ToString();
                return line;
            }

            before.AppendLine(line);
        }

        return null;
    }

    private void ReadAddresses(string ready)
    {
        Dictionary<string, string> parts = ready.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        string native = parts["native"];
        Port = int.Parse(native.AsSpan(native.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
        UnixPath = parts["unix"];
        Fingerprint = parts.GetValueOrDefault("fingerprint", "");
        Ftp = parts.TryGetValue("ftp", out string? ftp) ? IPEndPoint.Parse(ftp) : null;
        Ftps = parts.TryGetValue("ftps", out string? ftps) ? IPEndPoint.Parse(ftps) : null;
        Udp = parts.TryGetValue("udp", out string? udp) ? IPEndPoint.Parse(udp) : null;
    }

    private async Task<int> EndAsync(int signal)
    {
        Signals.Send(_process!, signal);
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(60));
        await _process!.WaitForExitAsync(late.Token);
        await _collecting;
        return _process.ExitCode;
    }

    private async Task CollectLogAsync(StreamReader error)
    {
        while (await error.ReadLineAsync() is { } line)
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }
}
