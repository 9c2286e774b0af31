using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One connection to a server, logged in. Requests may be made from several threads; they are pipelined and answered in order.</summary>
/// <remarks>
/// Every method throws <see cref="RefusedException"/>: the server's refusals, and this side's own
/// (<see cref="RefusalCode.NoConnection"/>, <see cref="RefusalCode.ServerUntrusted"/>, <see cref="RefusalCode.Timeout"/>).
/// </remarks>
public sealed partial class SwitchboardClient : IAsyncDisposable
{
    private SwitchboardClient() { }

    /// <summary>Connects and logs in.</summary>
    public static Task<SwitchboardClient> ConnectAsync(ConnectOptions options, CancellationToken ct = default) => throw new NotSupportedException(options.ToString());

    /// <summary>The verified answer of the login. With <see cref="ConnectOptions.EarlyRequests"/> await <see cref="LoginCompletion"/> first.</summary>
    public LoginAnswer Login => LoginCompletion.Result;

    /// <summary>Completes when the server has proved itself.</summary>
    public Task<LoginAnswer> LoginCompletion => throw new NotSupportedException();

    /// <summary><c>SHA256:…</c> of the server's public key; null without TLS.</summary>
    public string? ServerFingerprint => null;

    /// <summary>What the server said about itself.</summary>
    public HelloAnswer Server => throw new NotSupportedException();

    /// <summary>Closes the connection. An upload under way stays resumable.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
