using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Client.Connecting;
using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One connection to a server, logged in. Requests may be made from several threads; they are pipelined and answered in order.</summary>
/// <remarks>
/// Every method throws <see cref="RefusedException"/>: the server's refusals, and this side's own
/// (<see cref="RefusalCode.NoConnection"/>, <see cref="RefusalCode.ServerUntrusted"/>, <see cref="RefusalCode.Timeout"/>).
/// A list that is being read holds back the answers after it; read it to its end, or leave the loop.
/// </remarks>
public sealed partial class SwitchboardClient : IAsyncDisposable
{
    private readonly Line line;
    private readonly Conversation conversation;

    private SwitchboardClient(Line line, Conversation conversation, HelloAnswer hello, Task<LoginAnswer> login)
    {
        this.line = line;
        this.conversation = conversation;
        Server = hello;
        LoginCompletion = login;
    }

    /// <summary>The verified answer of the login. With <see cref="ConnectOptions.EarlyRequests"/> await <see cref="LoginCompletion"/> first.</summary>
    public LoginAnswer Login => LoginCompletion.GetAwaiter().GetResult();

    /// <summary>Completes when the server has proved itself.</summary>
    public Task<LoginAnswer> LoginCompletion { get; }

    /// <summary>False as soon as the line is known to be gone: every further request is refused with the reason, and a new connection is needed.</summary>
    public bool IsConnected => conversation.Failure is null;

    /// <summary><c>SHA256:…</c> of the server's public key; null without TLS.</summary>
    public string? ServerFingerprint => line.Fingerprint;

    /// <summary>What the server said about itself.</summary>
    public HelloAnswer Server { get; }

    internal Conversation Conversation => conversation;

    /// <summary>
    /// Begins to load, on other threads, what the first connection of this process needs, for a program that has something else to do before it
    /// connects. Saves such a program some 30 ms of its start where there are two cores; never needed, and only the first call counts.
    /// </summary>
    /// <param name="skipSystemCertificates">As in <see cref="ConnectOptions.SkipSystemCertificates"/>.</param>
    public static void Prepare(bool skipSystemCertificates = false) => ColdStart.Begin(skipSystemCertificates);

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="RefusedException">
    /// <see cref="RefusalCode.NoConnection"/>, <see cref="RefusalCode.Timeout"/>, <see cref="RefusalCode.ServerUntrusted"/> (another key than the pinned one,
    /// or a server that does not know the account), <see cref="RefusalCode.LoginFailed"/>, <see cref="RefusalCode.TooManyTries"/>, and the server's limits.
    /// </exception>
    public static async Task<SwitchboardClient> ConnectAsync(ConnectOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var client = await ConnectAsync(await Line.OpenAsync(options, ct), options, ct);
        return options.Datagrams ? await client.OverDatagramsAsync(options, ct) : client;
    }

    internal static async Task<SwitchboardClient> ConnectAsync(Line line, ConnectOptions options, CancellationToken ct)
    {
        var conversation = new Conversation(line);
        try
        {
            using var deadline = Deadline.After(options.ConnectTimeout, ct);
            return await deadline.RunAsync(token => LogInAsync(line, conversation, options, deadline, token), options.Address.ToString());
        }
        catch (RefusedException e) when (e.Refusal.Subject is null)
        {
            await conversation.DisposeAsync();
            throw new RefusedException(e.Refusal with { Subject = options.Address.ToString() }, e);
        }
        catch
        {
            await conversation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes the connection. An upload under way stays resumable.</summary>
    public ValueTask DisposeAsync() => conversation.DisposeAsync();

    /// <summary>Closes the connection without last words; what was written may or may not have left.</summary>
    internal async ValueTask AbortAsync()
    {
        line.Abort();
        await conversation.DisposeAsync();
    }

    /// <summary>The same login over datagrams; this connection is closed.</summary>
    private async Task<SwitchboardClient> OverDatagramsAsync(ConnectOptions options, CancellationToken ct)
    {
        await using var first = this;
        var answer = await AskAsync(new DatagramRequest(), ProtocolJson.Default.DatagramRequest, ProtocolJson.Default.DatagramAnswer, ct);
        await LoginCompletion.WaitAsync(ct);
        var datagrams = line.OverDatagrams(answer.Port, answer.ToKeys());
        var fresh = new SwitchboardClient(datagrams, new(datagrams), Server, LoginCompletion);
        fresh.conversation.Widen(Server.Window);
        try
        {
            using var deadline = Deadline.After(options.ConnectTimeout, ct);
            await deadline.RunAsync(token => fresh.AskAsync(new Ping(), ProtocolJson.Default.Ping, ProtocolJson.Default.Done, token), $"UDP {options.Address.Host}:{answer.Port}");
            return fresh;
        }
        catch
        {
            await fresh.AbortAsync();
            throw;
        }
    }

    private static async Task<SwitchboardClient> LogInAsync(Line line, Conversation conversation, ConnectOptions options, Deadline deadline, CancellationToken ct)
    {
        var left = false;
        void Wait(int position)
        {
            if (!left)
            {
                deadline.Lift();
            }

            options.OnWaiting?.Invoke(position);
        }

        var (hello, login) = await new LoginFlight(conversation, line, options).RunAsync(Wait, ct);
        if (!options.EarlyRequests || !line.IsPrivate)
        {
            await login.WaitAsync(ct);
        }

        // From here on the deadline is not ours to lift; a wait in line is then spent in the first request.
        left = true;
        return new(line, conversation, hello, login);
    }

    private async Task<TAnswer> AskAsync<TRequest, TAnswer>(
        TRequest request,
        JsonTypeInfo<TRequest> requestInfo,
        JsonTypeInfo<TAnswer> answerInfo,
        CancellationToken ct)
        where TRequest : Message
        where TAnswer : Message
    {
        var exchange = new SingleAnswer<TAnswer>(answerInfo);
        await SendAsync(exchange, request, requestInfo, ct);
        return await exchange.Answer.WaitAsync(ct);
    }

    private async IAsyncEnumerable<TItem> ListAsync<TRequest, TItem>(
        TRequest request,
        JsonTypeInfo<TRequest> requestInfo,
        JsonTypeInfo<TItem> itemInfo,
        [EnumeratorCancellation] CancellationToken ct)
        where TRequest : Message
    {
        var exchange = new ListAnswer<TItem>(itemInfo);
        await SendAsync(exchange, request, requestInfo, ct);
        await foreach (var item in exchange.ReadAsync(ct))
        {
            yield return item;
        }
    }

    /// <summary>Writes a request; completes when it is on its way, not when it is answered.</summary>
    internal async ValueTask SendAsync<TRequest>(
        Exchange exchange, TRequest request, JsonTypeInfo<TRequest> info, CancellationToken ct)
        where TRequest : Message
    {
        using var turn = await conversation.BeginAsync(exchange, ct);
        turn.Writer.WriteHeader(request with { Id = turn.Id }, info);
        await turn.FlushAsync(ct);
    }
}
