using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Client;
using Switchboard.Client.Connecting;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Tests.Client;

/// <summary>The other end of a client's connection, in memory: it does what the test says, honest or not.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public const string User = "ada", Password = "correct horse";
    private static readonly Verifier Known = Scram.CreateVerifier(Password, Scram.MinPasswordIterations);

    private readonly Pipe toPeer = new();
    private readonly Pipe toClient = new();

    public ScriptedPeer()
    {
        Reader = new(toPeer.Reader);
        Writer = new(toClient.Writer);
        Line = new(new Ends(toClient.Reader, toPeer.Writer));
    }

    public static ConnectOptions Options { get; } = new() { Address = ServerAddress.Tcp("peer"), User = User, Password = Password };

    public Line Line { get; }

    public FrameReader Reader { get; }

    public FrameWriter Writer { get; }

    /// <summary>The type of the last frame read.</summary>
    public string Type { get; private set; } = "";

    public long Id { get; private set; }

    /// <summary>The header of the last frame read.</summary>
    public JsonElement Header { get; private set; }

    public byte[] Payload { get; private set; } = [];

    /// <summary>Reads one frame with its payload; false at the end.</summary>
    public async Task<bool> NextAsync()
    {
        if (await Reader.ReadAsync() is not { } frame)
        {
            return false;
        }

        Header = JsonDocument.Parse(frame.Header.ToArray()).RootElement;
        Type = Header.GetProperty("type").GetString()!;
        Id = Header.GetProperty("id").GetInt64();
        var payload = new MemoryStream();
        while (Reader.PayloadLeft > 0)
        {
            var bytes = await Reader.ReadPayloadAsync(1);
            foreach (var segment in bytes)
            {
                payload.Write(segment.Span);
            }

            Reader.AdvancePayload(bytes.Length);
        }

        Payload = payload.ToArray();
        return true;
    }

    public async Task ExpectAsync(string type)
    {
        Assert.True(await NextAsync(), $"the client left instead of sending {type}");
        Assert.Equal(type, Type);
    }

    public async Task SendAsync<T>(T message, JsonTypeInfo<T> info, byte[]? payload = null)
    {
        Writer.WriteHeader(message, info, payload?.Length ?? 0);
        if (payload is not null)
        {
            Writer.WritePayload(payload);
        }

        await Writer.FlushAsync();
    }

    /// <summary>Answers the last request with a refusal.</summary>
    public Task RefuseAsync(Refusal refusal) => SendAsync(Errors.ToAnswer(refusal, Id, Language.English), ProtocolJson.Default.ErrorAnswer);

    public Task DoneAsync() => SendAsync(new Done { Id = Id }, ProtocolJson.Default.Done);

    public Task StoredAsync(string path, byte[] content) =>
        SendAsync(new StoredAnswer { Id = Id, Path = path, Total = content.Length, Sha256 = Sha256(content) }, ProtocolJson.Default.StoredAnswer);

    public Task HelloAsync(params string[] mechanisms) => SendAsync(
        new HelloAnswer { Id = Id, Version = 1, Server = "peer", Mechanisms = mechanisms, PutLimit = 256 * 1024, Window = 1024 }, ProtocolJson.Default.HelloAnswer);

    /// <summary>An honest login. Reads hello and the first message before it answers either: they have to leave together.</summary>
    public async Task LogInAsync()
    {
        var scram = await LogInUpToProofAsync();
        await ExpectAsync("auth");
        await SendAsync(LoginOf(scram.Final(Header.GetProperty("data").GetString()!)), ProtocolJson.Default.LoginAnswer);
    }

    /// <summary>The same up to the challenge; the client's proof is to be read next.</summary>
    public async Task<ScramServer> LogInUpToProofAsync()
    {
        await ExpectAsync("hello");
        var hello = Id;
        await ExpectAsync("auth");
        var first = Id;
        var scram = new ScramServer(ScramFirst.Parse(Scram.Mechanism, Header.GetProperty("data").GetString()!, false), Known, null);
        Id = hello;
        await HelloAsync(Scram.Mechanism);
        await SendAsync(new Challenge { Id = first, Data = scram.First() }, ProtocolJson.Default.Challenge);
        return scram;
    }

    public LoginAnswer LoginOf(string? data) => new() { Id = Id, Data = data, Account = User, Allow = ["files"], Used = 0, Free = 1 << 20 };

    /// <summary>Closes both directions, as a cut line does.</summary>
    public async Task CutAsync()
    {
        await toClient.Writer.CompleteAsync();
        await toPeer.Reader.CompleteAsync();
    }

    public Task<SwitchboardClient> ConnectAsync(ConnectOptions? options = null) => SwitchboardClient.ConnectAsync(Line, options ?? Options, CancellationToken.None);

    public async ValueTask DisposeAsync() => await CutAsync();

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
