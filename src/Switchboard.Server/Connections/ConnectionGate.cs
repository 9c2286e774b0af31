using System.Net;
using System.Net.Sockets;

namespace Switchboard.Server.Connections;

/// <summary>
/// Counts connections, in all and per address, and holds one too many for a moment in the hope of a free place.
/// An IPv6 peer counts by its /64, which is what one machine is given (RFC 6177): else one host has 2^64 addresses to try.
/// </summary>
public sealed class ConnectionGate(Func<ServerOptions> options)
{
    /// <summary>So many may wait; those beyond are closed at once, for waiting costs a socket each.</summary>
    private const int MaxWaiting = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly LinkedList<(IPAddress Key, TaskCompletionSource Entered)> _waiting = [];
    private int _inAll;

    public int Count => _inAll;

    /// <summary>Takes a place for <paramref name="address"/>, waiting a bounded time for one.</summary>
    /// <returns><see langword="true"/> with a place taken; <see langword="false"/> when none came free; <see langword="null"/> when too many wait already.</returns>
    public async ValueTask<bool?> EnterAsync(IPAddress address)
    {
        IPAddress key = KeyOf(address);
        LinkedListNode<(IPAddress, TaskCompletionSource Entered)> place;
        lock (_lock)
        {
            if (TryTake(key))
            {
                return true;
            }

            if (_waiting.Count >= MaxWaiting)
            {
                return null;
            }

            place = _waiting.AddLast((key, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await Task.WhenAny(place.Value.Entered.Task, Task.Delay(options().ConnectionWait));
        lock (_lock)
        {
            if (place.Value.Entered.Task.IsCompleted)
            {
                return true;
            }

            _waiting.Remove(place);
            return false;
        }
    }

    public void Leave(IPAddress address)
    {
        IPAddress key = KeyOf(address);
        lock (_lock)
        {
            _inAll--;
            if (--_perAddress[key] == 0)
            {
                _perAddress.Remove(key);
            }

            AdmitNext();
        }
    }

    private bool TryTake(IPAddress key)
    {
        int here = _perAddress.GetValueOrDefault(key);
        if (_inAll >= options().MaxConnections || here >= options().MaxConnectionsPerAddress)
        {
            return false;
        }

        _inAll++;
        _perAddress[key] = here + 1;
        return true;
    }

    private void AdmitNext()
    {
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (TryTake(node.Value.Key))
            {
                _waiting.Remove(node);
                node.Value.Entered.SetResult();
                return;
            }
        }
    }

    private static IPAddress KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
