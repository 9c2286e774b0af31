namespace Switchboard.Server;

/// <summary>What surrounds a server: the program that starts it knows where settings come from, who watches, and in which language.</summary>
public sealed record ServerConsole
{
    /// <summary>Takes the one ready line.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Takes the log.</summary>
    public required TextWriter Errors { get; init; }

    /// <summary>Tells the administrator's password at the first start: password, what is bound, the fingerprint, the data directory.</summary>
    public required Action<string, Bound, string, string> FirstRun { get; init; }

    /// <summary>The settings that hold, with their origin, for an administrator.</summary>
    public Func<IReadOnlyList<ShownSetting>> Settings { get; init; } = () => [];

    /// <summary>Resolves the settings again, for SIGHUP; throws where they are wrong.</summary>
    public required Func<ServerOptions> Reread { get; init; }
}
