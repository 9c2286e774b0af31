namespace Switchboard.Server;

/// <summary>Runs a server until it is told to stop.</summary>
public static class ServerHost
{
    /// <summary>Serves until <paramref name="stop"/> or SIGTERM/SIGINT; writes the ready line to stdout.</summary>
    /// <returns>The process's exit code.</returns>
    public static Task<int> RunAsync(ServerOptions options, CancellationToken stop)
    {
        _ = options;
        _ = stop;
        return Task.FromResult(1);
    }
}
