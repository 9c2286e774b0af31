using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// Runs programs on a server and follows them, also over lines that drop: output goes on at the exact byte, input at the byte the program has,
/// and there is never a second job. One at a time; the connection is kept for the next one.
/// </summary>
/// <remarks>Failures are <see cref="RefusedException"/>. A server that cannot be reached in the first place is told at once.</remarks>
public sealed class RemoteCommands : IAsyncDisposable
{
    private readonly Redial line;
    private readonly TimeProvider clock;
    private RemoteJob? current;

    public RemoteCommands(ConnectOptions options)
        : this(ct => SwitchboardClient.ConnectAsync(options with { EarlyRequests = true }, ct))
    {
    }

    internal RemoteCommands(Func<CancellationToken, Task<SwitchboardClient>> connect, TimeProvider? clock = null)
    {
        line = new(connect);
        this.clock = clock ?? TimeProvider.System;
    }

    /// <summary>The answer of the login, once a job has ended or was left.</summary>
    public LoginAnswer? Login => line.Login;

    /// <summary>Runs a program. What becomes of it is told by the job that is returned.</summary>
    /// <param name="run">What and how.</param>
    /// <param name="ct">Leaves the job, without a word to the server.</param>
    /// <exception cref="InvalidOperationException">The one before is still followed.</exception>
    public RemoteJob Run(RunOptions run, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Follow(run, ct);
    }

    /// <summary>Follows a job that was begun elsewhere or left; an ended one's output is given again.</summary>
    /// <inheritdoc cref="Run"/>
    public RemoteJob Attach(AttachOptions attach, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(attach);
        return Follow(attach, ct);
    }

    /// <summary>Closes the connection. A job that is still followed goes on, and its output is kept for the next one who attaches.</summary>
    public async ValueTask DisposeAsync()
    {
        if (current is { } job)
        {
            await job.DisposeAsync();
        }

        await line.DisposeAsync();
    }

    private RemoteJob Follow(JobOptions how, CancellationToken ct)
    {
        if (current is { Completion.IsCompleted: false })
        {
            throw new InvalidOperationException("Another job is still followed on this connection.");
        }

        return current = new(line, how, clock, ct);
    }
}
