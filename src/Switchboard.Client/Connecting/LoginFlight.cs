using Switchboard.Client.Requests;
using Switchboard.Protocol;

namespace Switchboard.Client.Connecting;

/// <summary>
/// Says hello and logs in with as few round trips as SCRAM allows: hello and the first message leave together,
/// and after the final one nothing has to wait but belief.
/// </summary>
internal sealed class LoginFlight(Conversation conversation, Line line, ConnectOptions options)
{
    private const int Version = 1;
    private const string Peer = "PEER";

    /// <summary>Completes once the last frame of the login is written.</summary>
    /// <param name="onWaiting">Told when the server makes us wait in line.</param>
    /// <param name="ct">Ends the attempt.</param>
    public async Task<(HelloAnswer Hello, Task<LoginAnswer> Login)> RunAsync(Action<int> onWaiting, CancellationToken ct) =>
        options.User is null ? await AsPeerAsync(onWaiting, ct) : await ByScramAsync(options.User, onWaiting, ct);

    private async Task<(HelloAnswer, Task<LoginAnswer>)> ByScramAsync(string user, Action<int> onWaiting, CancellationToken ct)
    {
        var token = Token();
        var scram = token is not null
            ? ScramClient.ForToken(user, token, line.ChannelBinding)
            : new ScramClient(user, options.Password ?? throw Missing("password"), line.ChannelBinding);
        var hello = await HelloAsync(ct);
        var challenge = new SingleAnswer<Challenge>(ProtocolJson.Default.Challenge, AnswerKind.Challenge);
        await SendAsync(challenge, new Auth { Mechanism = scram.Mechanism, Token = token?.Id, Wait = options.WaitForPlace ? true : null, Data = scram.First() }, ct);
        var answer = await hello.WaitAsync(ct);
        Accept(answer);
        scram.RequireOffered(answer.Mechanisms);
        var final = scram.Final((await challenge.Answer.WaitAsync(ct)).Data);
        var login = new LoginAnswerWait(scram, onWaiting);
        await SendAsync(login, new Auth { Data = final }, ct);
        return (answer, login.Answer);
    }

    private async Task<(HelloAnswer, Task<LoginAnswer>)> AsPeerAsync(Action<int> onWaiting, CancellationToken ct)
    {
        if (!line.IsUnix)
        {
            throw Missing("user");
        }

        var hello = await HelloAsync(ct);
        var login = new LoginAnswerWait(scram: null, onWaiting);
        await SendAsync(login, new Auth { Mechanism = Peer, Wait = options.WaitForPlace ? true : null }, ct);
        var answer = await hello.WaitAsync(ct);
        Accept(answer);
        return (answer, login.Answer);
    }

    private DeviceToken? Token() => options.Token is null ? null
        : DeviceToken.TryParse(options.Token, out var token) ? token
        : throw new RefusedException(RefusalCode.BadRequest, "token", "expected sbt_ID_SECRET");

    private async ValueTask<Task<HelloAnswer>> HelloAsync(CancellationToken ct)
    {
        var exchange = new SingleAnswer<HelloAnswer>(ProtocolJson.Default.HelloAnswer);
        using var turn = await conversation.BeginAsync(exchange, ct);
        var hello = new Hello { Id = turn.Id, Version = Version, Client = options.ClientName, Lang = options.Lang, Device = options.Device };
        // Not flushed: it leaves with the first message of the login.
        turn.Writer.WriteHeader(hello, ProtocolJson.Default.Hello);
        return exchange.Answer;
    }

    private async ValueTask SendAsync(Exchange exchange, Auth auth, CancellationToken ct)
    {
        using var turn = await conversation.BeginAsync(exchange, ct);
        turn.Writer.WriteHeader(auth with { Id = turn.Id }, ProtocolJson.Default.Auth);
        await turn.FlushAsync(ct);
    }

    private void Accept(HelloAnswer answer)
    {
        if (answer.Version != Version)
        {
            throw new RefusedException(RefusalCode.UnsupportedVersion, options.Address.ToString(), $"the server speaks version {answer.Version}, this client {Version}");
        }

        conversation.Widen(answer.Window);
    }

    private RefusedException Missing(string what) => new(RefusalCode.LoginRequired, options.Address.ToString(), "no " + what + " given");
}
