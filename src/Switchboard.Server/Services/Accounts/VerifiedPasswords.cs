using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>
/// Passwords that fitted their verifier within the last hour, so that the next login with one costs a MAC instead of the derivation. Holds no
/// password: entries are HMACs, under a key of this process, of verifier and password together. A changed password is another verifier, so
/// what the old one left is never found again.
/// </summary>
/// <remarks>
/// What it costs: whoever can read the whole memory of the process, key and entries, can test guesses at the price of a MAC, about 600,000
/// times cheaper than against the verifier, for the accounts that logged in with a password sent as text within the hour. Such a reader also
/// sees those passwords as they arrive. A copy of the data directory, or of the entries without the key, gives nothing.
/// </remarks>
internal sealed class VerifiedPasswords(TimeProvider clock)
{
    /// <summary>Entries of about 200 bytes; beyond it the one longest unused is forgotten and pays the derivation again. Four times the users at once.</summary>
    public const int Capacity = 4_096;

    /// <summary>From the derivation on, however often it is used: bounds how long a stolen image of the memory is of use.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly Lock _gate = new();
    private readonly Dictionary<Mac, LinkedListNode<(Mac Mac, long Verified)>> _entries = [];
    private readonly LinkedList<(Mac Mac, long Verified)> _byUse = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Whether this password fitted this verifier a short time ago. Says nothing about one it does not hold.</summary>
    public bool Holds(Verifier verifier, string password)
    {
        var mac = MacOf(verifier, password);
        lock (_gate)
        {
            // Comparing tells an attacker nothing by its time: he cannot choose a MAC under a key he does not know.
            if (!_entries.TryGetValue(mac, out var node))
            {
                return false;
            }

            if (clock.GetElapsedTime(node.Value.Verified) > Lifetime)
            {
                Forget(node);
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return true;
        }
    }

    /// <summary>The password fitted the verifier just now.</summary>
    public void Add(Verifier verifier, string password)
    {
        var mac = MacOf(verifier, password);
        lock (_gate)
        {
            if (_entries.TryGetValue(mac, out var known))
            {
                Forget(known);
            }
            else if (_entries.Count == Capacity)
            {
                Forget(_byUse.Last!);
            }

            _entries[mac] = _byUse.AddFirst((mac, clock.GetTimestamp()));
        }
    }

    private void Forget(LinkedListNode<(Mac Mac, long Verified)> node)
    {
        _entries.Remove(node.Value.Mac);
        _byUse.Remove(node);
    }

    private Mac MacOf(Verifier verifier, string password)
    {
        // Only the password may be of any length and content, and it stands last: two different pairs never give the same text.
        var bytes = Encoding.UTF8.GetBytes($"{verifier.Salt}\n{verifier.Iterations}\n{verifier.StoredKey}\n{verifier.ServerKey}\n{password}");
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, bytes, mac);
        CryptographicOperations.ZeroMemory(bytes);
        return new Mac(BinaryPrimitives.ReadUInt128LittleEndian(mac), BinaryPrimitives.ReadUInt128LittleEndian(mac[16..]));
    }

    private readonly record struct Mac(UInt128 Low, UInt128 High);
}
