using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switchboard.EndToEnd.Web;

/// <summary>The live connection of a browser or program, frame by frame as docs/framing.md says. Every wait fails after <see cref="Patience"/>.</summary>
public sealed class LiveWire : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly List<byte> _kept = [];

    public static async Task<LiveWire> OpenAsync(WebSite site, WebClient client, string query = "", string? origin = null)
    {
        LiveWire wire = new();
        ClientWebSocketOptions options = wire._socket.Options;
        options.RemoteCertificateValidationCallback = site.Trust;
        options.CollectHttpResponseDetails = true;
        if (client.Token is not null)
        {
            options.SetRequestHeader("Authorization", "Bearer " + client.Token);
        }
        else
        {
            options.SetRequestHeader("Cookie", $"{WebClient.CookieName}={client.Cookie}");
        }

        if ((origin ?? client.Origin) is { } page)
        {
            options.SetRequestHeader("Origin", page);
        }

        using CancellationTokenSource late = new(Patience);
        try
        {
            await wire._socket.ConnectAsync(new Uri($"wss://{site.Server.Address}/api/v1/live{query}"), late.Token);
            return wire;
        }
        catch (WebSocketException e)
        {
            int status = (int)wire._socket.HttpStatusCode;
            await wire.DisposeAsync();
            throw new LiveRefusedException(status, e);
        }
    }

    /// <summary>Sends one frame, in as many messages as asked for.</summary>
    public async Task SendAsync(object header, byte[]? payload = null, int pieces = 1)
    {
        JsonObject fields = JsonSerializer.SerializeToNode(header)!.AsObject();
        if (payload is { Length: > 0 })
        {
            fields["size"] = payload.Length;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(fields);
        byte[] frame = [0, 0, 0, 0, .. json, .. payload ?? []];
        BinaryPrimitives.WriteInt32BigEndian(frame, json.Length);
        using CancellationTokenSource late = new(Patience);
        foreach (byte[] piece in frame.Chunk((frame.Length / pieces) + 1))
        {
            await _socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, late.Token);
        }
    }

    /// <summary>The next frame; null when the server closed.</summary>
    public async Task<(JsonElement Header, byte[] Payload)?> TryReadAsync()
    {
        if (await TryTakeAsync(4) is not { } length || await TryTakeAsync(BinaryPrimitives.ReadInt32BigEndian(length)) is not { } json)
        {
            return null;
        }

        JsonElement header = JsonDocument.Parse(json).RootElement;
        byte[] payload = header.TryGetProperty("size", out JsonElement size) ? (await TryTakeAsync(size.GetInt32()))! : [];
        return (header, payload);
    }

    /// <summary>Reads until a frame of this type comes, passing over others.</summary>
    public async Task<(JsonElement Header, byte[] Payload)> ReadAsync(string type, Func<JsonElement, bool>? wanted = null)
    {
        List<string> seen = [];
        while (await TryReadAsync() is { } frame)
        {
            if (frame.Header.GetProperty("type").GetString() == type && wanted?.Invoke(frame.Header) != false)
            {
                return frame;
            }

            seen.Add(frame.Header.ToString());
        }

        throw new InvalidOperationException($"The server closed before {type}; it sent {string.Join(' ', seen)}");
    }

    /// <summary>Reads until the server ends it.</summary>
    public async Task EndAsync()
    {
        while (await TryReadAsync() is not null)
        {
            continue;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]?> TryTakeAsync(int count)
    {
        using CancellationTokenSource late = new(Patience);
        byte[] buffer = new byte[64 * 1024];
        while (_kept.Count < count)
        {
            try
            {
                ValueWebSocketReceiveResult got = await _socket.ReceiveAsync(buffer.AsMemory(), late.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                {
                    return null;
                }

                Assert.Equal(WebSocketMessageType.Binary, got.MessageType);
                _kept.AddRange(buffer.AsSpan(0, got.Count));
            }
            catch (WebSocketException)
            {
                return null;
            }
        }

        byte[] taken = [.. _kept[..count]];
        _kept.RemoveRange(0, count);
        return taken;
    }
}

/// <summary>The server did not make a WebSocket of it.</summary>
public sealed class LiveRefusedException(int status, Exception inner) : Exception($"The server answered {status}.", inner)
{
    public int Status => status;
}
