using System.Net;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Who is on a connection that needs no login of its own.</summary>
internal sealed record KnownLogin(Caller Caller, Language Language, string Door = DoorNames.Native);

/// <summary>The beginning of a conversation: <c>hello</c>, <c>auth</c>, and who one is afterwards.</summary>
internal sealed class LoginVerbs(NativeSession session, NativeDoor door, Connection connection)
{
    private const string Peer = "PEER";

    private LoginExchange? _exchange;
    private bool _waits;
    private string? _device;

    /// <summary>The proof was right and all places are taken: the login's time limit no longer counts.</summary>
    public bool IsWaitingForPlace { get; private set; }

    public bool IsGreeted { get; private set; }

    public Session? Session { get; private set; }

    public ValueTask HelloAsync(Frame frame)
    {
        Hello hello = Messages.Read(frame, ProtocolJson.Default.Hello);
        session.Language = Languages.Parse(hello.Lang);
        if (hello.Version < 1)
        {
            throw new RefusedException(RefusalCode.UnsupportedVersion, null, "this server speaks version 1");
        }

        if (connection.Kind == ConnectionKind.Plain && !door.Options.Insecure)
        {
            throw new RefusedException(RefusalCode.TlsRequired);
        }

        _device = hello.Device;
        IsGreeted = true;
        return session.AnswerAsync(Greeting(hello.Id), ProtocolJson.Default.HelloAnswer);
    }

    private HelloAnswer Greeting(long? id) => new()
    {
        Id = id,
        Version = 1,
        Server = $"switchboard/{ServerHost.Version}",
        Name = Environment.MachineName,
        Mechanisms = Mechanisms(),
        PutLimit = FilesOptions.PutLimit,
        Window = AnswerQueue.Window,
    };

    private string[] Mechanisms() => connection switch
    {
        { ChannelBinding: not null } => [Scram.Plus, Scram.Mechanism],
        { PeerMayAdminister: true } => [Peer, Scram.Mechanism],
        _ => [Scram.Mechanism],
    };

    public async ValueTask AuthAsync(Frame frame)
    {
        Auth auth = Messages.Read(frame, ProtocolJson.Default.Auth);
        if (Session is not null)
        {
            throw new RefusedException(RefusalCode.BadRequest, "auth", "already logged in");
        }

        if (auth.Mechanism == Peer)
        {
            await EnterAsPeerAsync(auth);
        }
        else if (auth.Mechanism is { } mechanism)
        {
            await ChallengeAsync(auth, mechanism);
        }
        else
        {
            await FinishAsync(auth);
        }
    }

    private async ValueTask EnterAsPeerAsync(Auth auth)
    {
        if (!connection.PeerMayAdminister)
        {
            throw new RefusedException(RefusalCode.Forbidden, Peer);
        }

        await EnterAsync(auth.Id, door.Accounts.Operator(), serverFinal: null);
    }

    private async ValueTask ChallengeAsync(Auth auth, string mechanism)
    {
        _waits = auth.Wait ?? false;
        _exchange = door.Accounts.BeginLogin(new LoginOrigin(connection.From, _device, connection.Kind == ConnectionKind.Unix, connection.ChannelBinding));
        string challenge = await _exchange.ChallengeAsync(mechanism, auth.Token, Text(auth), session.Ended);
        await session.AnswerAsync(new Challenge { Id = auth.Id, Data = challenge }, ProtocolJson.Default.Challenge);
    }

    private async ValueTask FinishAsync(Auth auth)
    {
        LoginExchange exchange = _exchange ?? throw new RefusedException(RefusalCode.BadRequest, "auth", "mechanism is missing");
        _exchange = null;
        (Caller caller, string serverFinal) = await exchange.FinishAsync(Text(auth), session.Ended);
        await EnterAsync(auth.Id, caller, serverFinal);
    }

    private async ValueTask EnterAsync(long? id, Caller caller, string? serverFinal)
    {
        IsWaitingForPlace = true;
        Session = await door.Accounts.Sessions.EnterAsync(
            caller,
            _waits,
            position => _ = session.AnswerAsync(new Waiting { Id = id, Position = position }, ProtocolJson.Default.Waiting).AsTask(),
            session.End,
            session.Ended);
        IsWaitingForPlace = false;
        await session.AnswerAsync(Who(id, serverFinal), ProtocolJson.Default.LoginAnswer);
    }

    public ValueTask WhoAmIAsync(Frame frame)
    {
        WhoAmI request = Messages.Read(frame, ProtocolJson.Default.WhoAmI);
        return session.AnswerAsync(Who(request.Id, null), ProtocolJson.Default.LoginAnswer);
    }

    public ValueTask PingAsync(Frame frame) => session.DoneAsync(Messages.Read(frame, ProtocolJson.Default.Ping).Id);

    /// <summary>The keys of a session over datagrams, for whoever is logged in here.</summary>
    public ValueTask DatagramAsync(Frame frame)
    {
        DatagramRequest request = Messages.Read(frame, ProtocolJson.Default.DatagramRequest);
        if (connection.Kind == ConnectionKind.Plain && !(IPAddress.TryParse(connection.From, out IPAddress? from) && IPAddress.IsLoopback(from)))
        {
            throw new RefusedException(RefusalCode.TlsRequired, "datagram", "keys are told under TLS");
        }

        DatagramListener datagrams = door.Datagrams ?? throw new RefusedException(RefusalCode.Unsupported, "datagram", "this server takes no datagrams");
        var known = new KnownLogin(session.Caller, session.Language);
        DatagramKeys keys = datagrams.Offer(connection.From, session.Caller.AccountId, taken => door.ServeAsync(taken, overLimit: false, known));
        return session.AnswerAsync(DatagramAnswer.Of(request.Id, datagrams.Bound.Port, keys), ProtocolJson.Default.DatagramAnswer);
    }

    /// <summary>The login was made over another connection.</summary>
    public async ValueTask TakeOverAsync(KnownLogin known)
    {
        session.Language = known.Language;
        IsGreeted = true;
        Session = await door.Accounts.Sessions.EnterAsync(known.Caller, wait: false, onPosition: null, session.End, session.Ended, known.Door);
    }

    private LoginAnswer Who(long? id, string? serverFinal)
    {
        Caller caller = session.Caller;
        Space space = caller.Allow.HasFlag(Permissions.Files) ? door.Files.Space(caller) : new Space(null, 0, 0, 0, 0);
        return new LoginAnswer
        {
            Id = id,
            Data = serverFinal,
            Account = caller.Account,
            Allow = PermissionNames.Of(caller.Allow),
            Quota = space.Quota,
            Used = space.Used,
            Bin = space.Bin,
            Free = space.Free,
            Token = caller.Token,
        };
    }

    private static string Text(Auth auth) => auth.Data ?? throw new RefusedException(RefusalCode.BadRequest, "data", "a SCRAM message is missing");
}
