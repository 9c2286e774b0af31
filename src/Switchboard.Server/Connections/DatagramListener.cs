using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Switchboard.Protocol;

namespace Switchboard.Server.Connections;

/// <summary>
/// The datagram door's ground: one socket for all sessions, told apart by their id. A session is offered to somebody who has logged in elsewhere,
/// and begins with the first genuine datagram. Everything else is dropped and counted.
/// </summary>
public sealed class DatagramListener : IDisposable
{
    /// <summary>How long an offer stands: the first datagram follows it within a round trip, or is repeated.</summary>
    private static readonly TimeSpan OfferStands = TimeSpan.FromSeconds(15);

    /// <summary>Offers and sessions from one account's logins cannot fill the memory: a session holds some KiB.</summary>
    private const int MostSessions = 20_000;

    /// <summary>Of one account, as many as connections from one address: one account cannot take the places of all.</summary>
    public const int MostSessionsPerAccount = 256;

    private readonly Log _log;
    private readonly byte[] _resetKey;
    private readonly DatagramSocket _socket;
    private readonly ConcurrentDictionary<ulong, Place> _places = new();
    private readonly ConcurrentDictionary<long, int> _perAccount = new();
    private readonly CancellationTokenSource _stop = new();
    private SearchAnswers? _answers;
    private Task _receiving = Task.CompletedTask;

    /// <param name="endpoint">Where; port 0 picks a free one.</param>
    /// <param name="resetKey">A secret that outlives restarts: by it a server tells clients of its former life that it has forgotten them.</param>
    /// <param name="log">Where trouble is told.</param>
    /// <exception cref="CannotListenException">The address is taken or not this machine's.</exception>
    public DatagramListener(IPEndPoint endpoint, byte[] resetKey, Log log)
    {
        (_log, _resetKey) = (log, resetKey);
        try
        {
            _socket = new DatagramSocket(endpoint);
        }
        catch (SocketException e)
        {
            throw new CannotListenException(endpoint, e);
        }
    }

    public IPEndPoint Bound => _socket.Bound;

    /// <summary>Datagrams of no session, or not genuine.</summary>
    public long Dropped { get; private set; }

    /// <summary>From now on those on the local network who look for servers find this one.</summary>
    public void AnswerSearches(FoundServer self)
    {
        _answers = new SearchAnswers(_socket, self);
        if (!_socket.JoinSearch())
        {
            _log.Info("datagram", "no interface takes multicast: 'find' reaches this server by broadcast only");
        }
    }

    public void Start() => _receiving = Task.Run(ReceiveAsync);

    /// <summary>Makes keys for a session; <paramref name="serve"/> gets its connection when the first genuine datagram comes.</summary>
    /// <param name="from">The address of the login, for the record.</param>
    /// <param name="account">Whose session it is.</param>
    /// <param name="serve">Serves it until it ends.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.TooManyConnections"/>.</exception>
    public DatagramKeys Offer(string from, long account, Func<Connection, Task> serve)
    {
        if (_perAccount.AddOrUpdate(account, 1, static (_, count) => count + 1) > MostSessionsPerAccount || _places.Count >= MostSessions)
        {
            Leave(account);
            throw new RefusedException(new Refusal(RefusalCode.TooManyConnections) { RetryAfter = OfferStands.TotalSeconds });
        }

        ulong session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        byte[] token = new byte[DatagramConnection.ResetTokenBytes];
        WriteToken(session, token);
        var keys = new DatagramKeys(session, RandomNumberGenerator.GetBytes(DatagramConnection.SecretBytes), token);
        var connection = new DatagramConnection(DatagramRole.Server, keys, new DatagramOptions(), DatagramLine.Now);
        var line = new DatagramLine(connection, _socket, () => Forget(session, account));
        _places[session] = new Place(line, new Connection(line, ConnectionKind.Datagram, from, line.Abort), serve);
        _ = WithdrawAsync(session);
        return keys;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _receiving;
        Dispose();
        if (Dropped > 0)
        {
            _log.Info("datagram", $"{Dropped} datagrams were of no session, or not genuine");
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
    }

    private void Forget(ulong session, long account)
    {
        if (_places.TryRemove(session, out _))
        {
            Leave(account);
        }
    }

    private void Leave(long account) => _perAccount.AddOrUpdate(account, 0, static (_, count) => Math.Max(0, count - 1));

    private async Task WithdrawAsync(ulong session)
    {
        await Task.Delay(OfferStands, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_places.TryGetValue(session, out Place? place) && !place.HasBegun)
        {
            place.Line.Abort();
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(DatagramSocket.MostBytes, pinned: true);
        SocketAddress from = _socket.NewAddress();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                int length = await _socket.ReceiveAsync(buffer, from, _stop.Token);
                Take(buffer.AsSpan(0, length), from);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of memory, an interface gone: the next datagram may be fine, and a pause keeps this from spinning.
                _log.Debug("datagram", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    private void Take(Span<byte> datagram, SocketAddress from)
    {
        if (!DatagramConnection.TryReadSession(datagram, DatagramRole.Client, out ulong session))
        {
            Dropped += _answers?.Take(datagram, from) == true ? 0 : 1;
        }
        else if (!_places.TryGetValue(session, out Place? place))
        {
            Dropped++;
            Reset(session, from);
        }
        else if (place.Line.Take(datagram, DatagramAddress.Read(from)))
        {
            place.Begin(_log);
        }
        else
        {
            Dropped++;
        }
    }

    /// <summary>Shorter than what it answers, so it is of no use to anybody who wants to flood a third.</summary>
    private void Reset(ulong session, SocketAddress to)
    {
        Span<byte> token = stackalloc byte[DatagramConnection.ResetTokenBytes];
        WriteToken(session, token);
        Span<byte> answer = stackalloc byte[64];
        int length = DatagramConnection.WriteReset(answer, session, token);
        _socket.Send(answer[..length], length, to);
    }

    private void WriteToken(ulong session, Span<byte> token)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_resetKey, BitConverter.GetBytes(session), digest);
        digest[..token.Length].CopyTo(token);
    }

    private sealed class Place(DatagramLine line, Connection connection, Func<Connection, Task> serve)
    {
        private int _hasBegun;

        public DatagramLine Line => line;

        public bool HasBegun => Volatile.Read(ref _hasBegun) == 1;

        public void Begin(Log log)
        {
            if (!HasBegun && Interlocked.Exchange(ref _hasBegun, 1) == 0)
            {
                _ = Task.Run(() => ServeAsync(log));
            }
        }

        private async Task ServeAsync(Log log)
        {
            try
            {
                await serve(connection);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or RefusedException)
            {
                log.Debug("datagram", $"{connection.From}: {e.Message}");
            }
            catch (Exception e)
            {
                log.Error("datagram", "a session failed unexpectedly", e);
            }
            finally
            {
                line.Abort();
            }
        }
    }
}
