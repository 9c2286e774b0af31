using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>A server as commands see it: one connection for requests, one for transfers, one for remote programs, each made when first needed, and a working folder.</summary>
internal sealed class Remote(ConnectOptions options) : IAsyncDisposable
{
    private SwitchboardClient? _client;
    private Transfers? _transfers;
    private RemoteCommands? _commands;

    /// <summary>Its profile, or its address where none is in use.</summary>
    public string Name { get; init; } = options.Address.ToString();

    /// <summary>Absolute, without a trailing slash except for the home itself.</summary>
    public string Folder { get; set; } = "/";

    public ConnectOptions Options => options;

    /// <summary>The session's own within <c>open</c>, else a new one that the command must dispose.</summary>
    /// <param name="call">The command.</param>
    /// <param name="profile">Which server, where the command takes several; null means the one that its flags say.</param>
    public static async Task<Lease> OpenAsync(Invocation call, string? profile = null)
    {
        if (call.Shared is { } shared)
        {
            return new(shared, false);
        }
        var reach = new Reach(call) { Asked = profile };
        ConnectOptions options = await reach.OptionsAsync(call.Stop);
        return new(new(options) { Name = reach.Profile?.Name ?? options.Address.ToString() }, true);
    }

    /// <summary>The connection for requests; a new one where the last is known to be gone.</summary>
    public async Task<SwitchboardClient> ClientAsync(CancellationToken stop)
    {
        if (_client is { IsConnected: false } gone)
        {
            _client = null;
            await gone.DisposeAsync();
        }
        return _client ??= await SwitchboardClient.ConnectAsync(options, stop);
    }

    public Transfers Transfers => _transfers ??= new(options);

    public RemoteCommands Commands => _commands ??= new(options);

    /// <summary>A path as the server wants it: absolute, <c>.</c> and <c>..</c> resolved against <c>/</c>; a trailing slash stays, for it means "into".</summary>
    public string Resolve(string? path)
    {
        string joined = path is null or "" ? Folder : path[0] == '/' ? path : Folder + "/" + path;
        List<string> parts = [];
        foreach (string part in joined.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }
        bool into = parts.Count > 0 && path is { Length: > 0 } && path[^1] == '/';
        return "/" + string.Join('/', parts) + (into ? "/" : "");
    }

    /// <summary>Forgets the connection after it broke; the next command makes a new one.</summary>
    public async Task ForgetIfBrokenAsync(Refusal refusal)
    {
        if (IsBroken(refusal))
        {
            await DisposeAsync();
        }
    }

    public static bool IsBroken(Refusal refusal) => refusal.Code is RefusalCode.NoConnection or RefusalCode.Closing or RefusalCode.Timeout;

    public async ValueTask DisposeAsync()
    {
        var (client, transfers, commands) = (_client, _transfers, _commands);
        (_client, _transfers, _commands) = (null, null, null);
        if (client is not null)
        {
            await client.DisposeAsync();
        }
        if (transfers is not null)
        {
            await transfers.DisposeAsync();
        }
        if (commands is not null)
        {
            await commands.DisposeAsync();
        }
    }

    /// <summary>A remote that is closed at the end only where this command opened it.</summary>
    internal readonly struct Lease(Remote remote, bool owned) : IAsyncDisposable
    {
        public Remote Remote => remote;

        public ValueTask DisposeAsync() => owned ? remote.DisposeAsync() : ValueTask.CompletedTask;
    }
}
