using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Switchboard.EndToEnd.Ftp;

/// <summary>
/// The client's side of a control connection, byte by byte: sends exactly what a test says, reads whole replies, and opens data connections.
/// Every wait fails after <see cref="Patience"/>.
/// </summary>
public sealed class FtpWire : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly List<byte> _line = [];
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream;
    private int _at, _got;
    private bool _dataUnderTls;

    private FtpWire(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public Socket Socket => _socket;
    public IPEndPoint Server => (IPEndPoint)_socket.RemoteEndPoint!;

    /// <summary>Versions of TLS the client offers; what the system allows unless a test says otherwise.</summary>
    public SslProtocols Protocols { get; init; }

    /// <summary>Connects, from another address of the loopback network where one is given, and reads no greeting yet.</summary>
    public static async Task<FtpWire> DialAsync(IPEndPoint server, IPAddress? from = null)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource late = new(Patience);
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(server, late.Token);
            return new FtpWire(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects and reads the greeting.</summary>
    public static async Task<FtpWire> ConnectAsync(IPEndPoint server, IPAddress? from = null)
    {
        FtpWire wire = await DialAsync(server, from);
        (await wire.ReadAsync()).Expect(220);
        return wire;
    }

    /// <summary>Bytes as they are: nothing is added, nothing is quoted.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource late = new(Patience);
        await _stream.WriteAsync(bytes, late.Token);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a line and reads the one reply to it.</summary>
    public async Task<FtpReply> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReadAsync();
    }

    /// <summary>Reads one whole reply; fails at the end of the line.</summary>
    public async Task<FtpReply> ReadAsync()
        => await TryReadAsync() ?? throw new EndOfStreamException("The server closed the control connection instead of replying.");

    /// <summary>Reads one whole reply; null when the server closed the connection instead.</summary>
    public async Task<FtpReply?> TryReadAsync()
    {
        List<byte[]> lines = [];
        while (await ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (Ends(lines[0], line, lines.Count == 1))
            {
                return new FtpReply(int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture), lines);
            }
        }

        return null;
    }

    public async Task LoginAsync(string user, string password)
    {
        (await AskAsync("USER " + user)).Expect(331);
        (await AskAsync("PASS " + password)).Expect(230);
        (await AskAsync("TYPE I")).Expect(200);
    }

    /// <summary>AUTH TLS and the handshake; from then on data connections are protected too.</summary>
    public async Task SecureAsync()
    {
        (await AskAsync("AUTH TLS")).Expect(234);
        await HandshakeAsync();
        (await AskAsync("PBSZ 0")).Expect(200);
        (await AskAsync("PROT P")).Expect(200);
        _dataUnderTls = true;
    }

    /// <summary>The handshake alone, as after the 234, or as the first thing of implicit TLS.</summary>
    public async Task HandshakeAsync() => _stream = await SecuredAsync(_stream);

    /// <summary>A passive data connection, connected but not yet under TLS: that comes when the server has taken the command.</summary>
    public async Task<Socket> DialDataAsync(bool extended = true, IPAddress? from = null)
    {
        IPEndPoint at = await ListenThereAsync(extended);
        Socket socket = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        using CancellationTokenSource late = new(Patience);
        await socket.ConnectAsync(at, late.Token);
        return socket;
    }

    /// <summary>Asks the server to listen: EPSV, or PASV for those who know no other.</summary>
    public async Task<IPEndPoint> ListenThereAsync(bool extended = true)
    {
        FtpReply reply = (await AskAsync(extended ? "EPSV" : "PASV")).Expect(extended ? 229 : 227);
        string inside = reply.Text[(reply.Text.IndexOf('(', StringComparison.Ordinal) + 1)..reply.Text.LastIndexOf(')')];
        if (extended)
        {
            return new IPEndPoint(Server.Address, int.Parse(inside.Trim('|'), CultureInfo.InvariantCulture));
        }

        byte[] six = [.. inside.Split(',').Select(part => byte.Parse(part, CultureInfo.InvariantCulture))];
        return new IPEndPoint(new IPAddress(six.AsSpan(0, 4)), BinaryPrimitives.ReadUInt16BigEndian(six.AsSpan(4)));
    }

    /// <summary>Listens here and tells the server where: EPRT, or PORT.</summary>
    public async Task<Socket> ListenHereAsync(bool extended = true)
    {
        Socket listener = new(Server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        IPAddress own = ((IPEndPoint)_socket.LocalEndPoint!).Address;
        listener.Bind(new IPEndPoint(own, 0));
        listener.Listen(1);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        string family = own.AddressFamily == AddressFamily.InterNetworkV6 ? "2" : "1";
        string there = extended
            ? string.Create(CultureInfo.InvariantCulture, $"EPRT |{family}|{own}|{port}|")
            : string.Create(CultureInfo.InvariantCulture, $"PORT {own.ToString().Replace('.', ',')},{port >> 8},{port & 255}");
        (await AskAsync(there)).Expect(200);
        return listener;
    }

    /// <summary>Starts a transfer over a passive connection: the command, its 150, and the handshake where data are protected.</summary>
    public async Task<FtpData> OpenAsync(string command, bool extended = true)
    {
        Socket socket = await DialDataAsync(extended);
        await SendAsync(command + "\r\n");
        FtpReply reply = await ReadAsync();
        if (reply.Code is not (150 or 125))
        {
            socket.Dispose();
            reply.Expect(150, 125);
        }

        return await WrapAsync(socket);
    }

    /// <summary>Puts a connected data socket under TLS where PROT P holds.</summary>
    public async Task<FtpData> WrapAsync(Socket socket)
    {
        Stream plain = new NetworkStream(socket, ownsSocket: true);
        return new FtpData(socket, _dataUnderTls ? await SecuredAsync(plain) : plain);
    }

    /// <summary>A whole download: the bytes, and the reply at the end.</summary>
    public async Task<(byte[] Bytes, FtpReply Reply)> DownloadAsync(string command)
    {
        byte[] bytes;
        await using (FtpData data = await OpenAsync(command))
        {
            bytes = await data.ReadAllAsync();
        }

        return (bytes, (await ReadAsync()).Expect(226, 250));
    }

    /// <summary>A listing as UTF-8.</summary>
    public async Task<string> ListAsync(string command) => Encoding.UTF8.GetString((await DownloadAsync(command)).Bytes);

    /// <summary>A whole upload, ended well; returns the reply, whatever it says.</summary>
    public async Task<FtpReply> UploadAsync(string command, ReadOnlyMemory<byte> bytes)
    {
        await using (FtpData data = await OpenAsync(command))
        {
            await data.WriteAsync(bytes);
            await data.FinishAsync();
        }

        return await ReadAsync();
    }

    /// <summary>Closes the control connection with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _socket.Dispose();
        }
    }

    /// <summary>A reply ends with its own code and a space (RFC 959 4.2); lines between may begin with anything.</summary>
    private static bool Ends(byte[] first, byte[] line, bool only)
    {
        if (only)
        {
            Assert.True(line.Length >= 4 && line.AsSpan(0, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && line[3] is (byte)' ' or (byte)'-',
                "not a reply: " + Encoding.UTF8.GetString(line));
        }

        return line.Length >= 4 && line[3] == ' ' && line.AsSpan(0, 3).SequenceEqual(first.AsSpan(0, 3));
    }

    /// <summary>A line up to CR LF; a bare CR or LF inside fails the test, since no server may send one.</summary>
    private async Task<byte[]?> ReadLineAsync()
    {
        _line.Clear();
        while (await ReadByteAsync() is var next && next >= 0)
        {
            if (next == '\n')
            {
                Assert.True(_line.Count > 0 && _line[^1] == '\r' && _line.IndexOf((byte)'\r') == _line.Count - 1, "a reply with a bare CR or LF");
                return [.. _line[..^1]];
            }

            _line.Add((byte)next);
        }

        return null;
    }

    private async ValueTask<int> ReadByteAsync()
    {
        if (_at == _got)
        {
            using CancellationTokenSource late = new(Patience);
            _at = 0;
            try
            {
                _got = await _stream.ReadAsync(_buffer, late.Token);
            }
            catch (IOException e) when (e.InnerException is SocketException)
            {
                _got = 0;
            }
        }

        return _at == _got ? -1 : _buffer[_at++];
    }

    private async Task<SslStream> SecuredAsync(Stream plain)
    {
        // The server's certificate signs itself; what is tested here is the door, and the pin is tested with real clients.
#pragma warning disable CA5359
        SslStream tls = new(plain, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        using CancellationTokenSource late = new(Patience);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = Protocols }, late.Token);
        return tls;
    }
}
